"""Prints every character of the screens' fonts: GB2312, Latin, and the signs."""

chars = set()
for high in range(0xA1, 0xF8):
    for low in range(0xA1, 0xFF):
        try:
            chars.add(bytes([high, low]).decode("gb2312"))
        except UnicodeDecodeError:
            pass
for first, last in [(0x20, 0x7E), (0xA0, 0x17F), (0x2000, 0x202F), (0x3000, 0x302F), (0xFF00, 0xFF5F)]:
    chars.update(chr(code) for code in range(first, last + 1))
chars.update("•‰′″€℃℉™→←↑↓↗↘≈≠≤≥⩾⩽±×÷−■□▪▫▲△▼▽◆◇●○◎★☆✓✔✕✖①②③④⑤⑥⑦⑧⑨⑩䶮㙍")
print("".join(sorted(chars)), end="")
