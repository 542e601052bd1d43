//! health-hut (健康小屋).
