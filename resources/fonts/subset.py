"""Makes the fonts of this folder: subsets of Inter, Noto Sans CJK SC and JetBrains Mono under names of their own.

Usage: ``python subset.py FOLDER``, with fonttools installed and FOLDER holding the unpacked Debian packages
``fonts-inter``, ``fonts-noto-cjk`` and ``fonts-jetbrains-mono`` (``dpkg-deb -x PACKAGE.deb FOLDER``).
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTCollection, TTFont

HERE = Path(__file__).parent
LATIN = (
    (0x20, 0x7E), (0xA0, 0x24F), (0x2B0, 0x4FF), (0x1E00, 0x1EFF), (0x2000, 0x23FF), (0x2460, 0x26FF),
    (0xFB00, 0xFB06), (0xFFFD, 0xFFFD),
)  # fmt: skip
KANA_AND_SIGNS = ((0x20, 0x7E), (0x2014, 0x2026), (0x3000, 0x30FF), (0x31F0, 0x31FF), (0xFF00, 0xFFEF))
FEATURES = ["kern", "ccmp", "locl", "mark", "mkmk", "tnum", "zero", "case", "frac", "sups", "subs", "liga"]


def characters(ranges: Iterable[tuple[int, int]]) -> set[int]:
    return {code for first, last in ranges for code in range(first, last + 1)}


def gb2312_level_1() -> set[int]:
    """Signs, kana and the 3,755 most used Chinese characters."""
    codes = set()
    for row in (*range(0xA1, 0xAA), *range(0xB0, 0xD8)):
        for cell in range(0xA1, 0xFF):
            try:
                codes.add(ord(bytes([row, cell]).decode("gb2312")))
            except UnicodeDecodeError:
                continue
    return codes


def make(font: TTFont, out: str, family: str, style: str, codes: set[int], *, hinting: bool = True) -> None:
    options = subset.Options(layout_features=FEATURES, notdef_outline=True, hinting=hinting)
    options.drop_tables += ["vhea", "vmtx", "VORG", "BASE"]
    options.name_IDs = ["*"]
    options.name_languages = [0x409]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=codes)
    subsetter.subset(font)
    rename(font, family, style)
    font.save(HERE / out)


def rename(font: TTFont, family: str, style: str) -> None:
    names, post_script = font["name"], f"{family.replace(' ', '')}-{style}"
    for number in (1, 2, 3, 4, 6, 16, 17, 18, 20, 21, 22, 25):
        names.removeNames(nameID=number)
    plain = style == "Regular"
    legacy = (family, style) if plain else (f"{family} {style}", "Regular")
    for number, text in ((1, legacy[0]), (2, legacy[1]), (3, post_script), (4, f"{family} {style}"), (6, post_script),
                         (16, family), (17, style)):  # fmt: skip
        names.setName(text, number, 3, 1, 0x409)
    if "CFF " in font:
        table = font["CFF "].cff
        table.fontNames[0] = post_script
        table.topDictIndex[0].FullName = f"{family} {style}"
        table.topDictIndex[0].FamilyName = family


def main(folder: str) -> None:
    fonts = Path(folder, "usr/share/fonts")
    for style in ("Regular", "SemiBold"):
        inter = TTFont(fonts / f"opentype/inter/Inter-{style}.otf")
        make(inter, f"MemvizSans-{style}.otf", "Memviz Sans", style, characters(LATIN))
    mono = TTFont(fonts / "truetype/jetbrains-mono/JetBrainsMono-Regular.ttf")
    make(mono, "MemvizMono-Regular.ttf", "Memviz Mono", "Regular", characters(LATIN))
    collection = TTCollection(fonts / "opentype/noto/NotoSansCJK-Regular.ttc")
    han = next(font for font in collection.fonts if font["name"].getDebugName(4) == "Noto Sans CJK SC")
    codes = gb2312_level_1() | characters(KANA_AND_SIGNS)
    make(han, "MemvizHan-Regular.otf", "Memviz Han", "Regular", codes, hinting=False)


if __name__ == "__main__":
    main(sys.argv[1])
