//! Hand-written decoders, one file a family, by the name that descriptors use.

pub mod areo;
mod ask;
pub mod bm58;
pub mod caresens;
pub mod cms50;
pub mod codefree;
pub mod contec08a;
pub mod contour;
pub mod contour_text;
pub mod escpos;
pub mod gl150;
pub mod hem790it;
pub mod nibp_stx;
pub mod optium;
pub mod optium_text;
pub mod pressure;
pub mod sam;
pub mod scanner;
pub mod seca460;
mod tally;
pub mod ultra2;
pub mod ultraeasy;
pub mod ultraeasy_frames;
pub mod visomat;

use crate::decoder::{Converse, Decoder};

/// A decoder, with or without a conversation.
pub enum Device {
    /// Speaks when it has something to say and cannot be told anything.
    Speaks(Box<dyn Decoder + Send>),
    /// Must be spoken to.
    Converses(Box<dyn Converse + Send>),
}

impl Device {
    /// Whether it must be spoken to.
    pub fn converses(&self) -> bool {
        matches!(self, Device::Converses(_))
    }

    /// The decoder of either.
    pub fn decoder(&mut self) -> &mut dyn Decoder {
        match self {
            Device::Speaks(decoder) => decoder.as_mut(),
            Device::Converses(decoder) => decoder.as_mut(),
        }
    }

    /// The conversation, if there is one.
    pub fn conversation(&mut self) -> Option<&mut dyn Converse> {
        match self {
            Device::Speaks(_) => None,
            Device::Converses(decoder) => Some(decoder.as_mut()),
        }
    }
}

/// Returns a fresh decoder by the name that descriptors use.
pub fn by_name(name: &str) -> Option<Device> {
    Some(match name {
        "areo" => Device::Converses(Box::new(areo::Areo::new())),
        "bm58" => Device::Converses(Box::new(bm58::Bm58::new())),
        "caresens" => Device::Converses(Box::new(caresens::CareSens::new())),
        "cms50" => Device::Converses(Box::new(cms50::Cms50::new())),
        "codefree" => Device::Converses(Box::new(codefree::CodeFree::new())),
        "contec08a" => Device::Converses(Box::new(contec08a::Contec08a::new())),
        "contour" => Device::Converses(Box::new(contour::Contour::serial())),
        "contour_hid" => Device::Converses(Box::new(contour::Contour::usb())),
        "escpos" => Device::Converses(Box::new(escpos::Escpos::new())),
        "gl150" => Device::Speaks(Box::new(gl150::Gl150::new())),
        "hem790it" => Device::Converses(Box::new(hem790it::Hem790it::new())),
        "ieee11073" => Device::Converses(Box::new(crate::ieee11073::Manager::new())),
        "nibp_stx" => Device::Converses(Box::new(nibp_stx::NibpStx::new())),
        "optium" => Device::Converses(Box::new(optium::Optium::new())),
        "sam" => Device::Converses(Box::new(sam::Sam::new())),
        "scanner" => Device::Speaks(Box::new(scanner::Scanner::new())),
        "seca460" => Device::Speaks(Box::new(seca460::Seca460::new())),
        "ultra2" => Device::Converses(Box::new(ultra2::Ultra2::new())),
        "ultraeasy" => Device::Converses(Box::new(ultraeasy::UltraEasy::new())),
        "visomat" => Device::Converses(Box::new(visomat::Visomat::new())),
        _ => return None,
    })
}

/// Implements [`Decoder`] for a device that only speaks: a `framer` field and a function from frame to output.
macro_rules! speaks {
    ($device:ty, $read:path) => {
        impl $crate::decoder::Decoder for $device {
            fn handle_bytes(&mut self, at: ::std::time::Instant, bytes: &[u8], out: &mut Vec<$crate::decoder::Output>) {
                out.extend(self.framer.push(at, bytes).into_iter().map($read));
            }

            fn handle_timeout(&mut self, at: ::std::time::Instant, out: &mut Vec<$crate::decoder::Output>) {
                out.extend(self.framer.expire(at).into_iter().map($read));
            }

            fn deadline(&self) -> Option<::std::time::Instant> {
                self.framer.deadline()
            }
        }
    };
}
pub(crate) use speaks;

/// Implements [`Decoder`] for a device that is spoken to: a `framer`, what is done when a frame is heard (`hear`), and what
/// when the `talk` has waited `until` its moment (`overdue`). Bytes that are more than frames go through a method named behind.
macro_rules! listens {
    ($device:ty) => {
        $crate::custom::listens!($device, take);

        impl $device {
            fn take(&mut self, at: ::std::time::Instant, bytes: &[u8], out: &mut Vec<$crate::decoder::Output>) {
                for frame in self.framer.push(at, bytes) {
                    self.hear(at, frame, out);
                }
            }
        }
    };
    ($device:ty, $take:ident) => {
        impl $crate::decoder::Decoder for $device {
            fn handle_bytes(&mut self, at: ::std::time::Instant, bytes: &[u8], out: &mut Vec<$crate::decoder::Output>) {
                self.$take(at, bytes, out);
            }

            fn handle_timeout(&mut self, at: ::std::time::Instant, out: &mut Vec<$crate::decoder::Output>) {
                for frame in self.framer.expire(at) {
                    self.hear(at, frame, out);
                }
                if self.talk.as_ref().is_some_and(|talk| talk.until <= at) {
                    self.overdue(at, out);
                }
            }

            fn deadline(&self) -> Option<::std::time::Instant> {
                let talk = self.talk.as_ref().map(|talk| talk.until);
                [talk, self.framer.deadline()].into_iter().flatten().min()
            }
        }
    };
}
pub(crate) use listens;
