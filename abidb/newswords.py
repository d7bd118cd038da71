# SPDX-License-Identifier: GPL-2.0-or-later
"""What feeds say of an upload."""

from __future__ import annotations

from abidb.answers import LaneName, Step
from abidb.namewords import flavour_sentence, flavour_title, measured_sentence, renamed_sentence
from abidb.newsanswers import LaneNews, LineNews
from abidb.records import VMLINUX
from abidb.words import CRC_OVERSTATES, PARTIAL, step_sentence

FIRST = "The first upload here: nothing to compare with."
NOT_COMPARED = "Not compared yet with the upload before."


def lane_title(name: LaneName) -> str:
    """`bookworm cloud-amd64`, with the architecture where the flavour does not show it."""
    return " ".join([name.line, name.flavour, *([f"({name.arch})"] if name.arch not in name.flavour else [])])


def title_of_step(news: LaneNews) -> str:
    """`6.1.192-2, ABI name 6.1.0-56`."""
    return f"{news.step.new.version}, ABI name {news.step.new.abi_name}"


def step_news(step: Step) -> str:
    """What an upload changed in a lane, with what must be known to read it right."""
    if step.old is None:
        return FIRST
    if step.counts is None:
        return NOT_COMPARED
    scope = step.scope or "all"
    said = [f"{_capital(step_sentence(step.old.abi_name, step.new.abi_name, step.counts, scope=scope))}."]
    said.append(f"Compared with {step.old.version}, {step.old.abi_name}.")
    said += [f"{_capital(PARTIAL)}."] if scope == VMLINUX else []
    return " ".join([*said, *([CRC_OVERSTATES] if step.counts.crc_changed else [])])


def title_of_upload(news: LineNews) -> str:
    """`bookworm: linux 6.1.192-2, ABI name 6.1.0-56`."""
    upload = news.upload
    return f"{news.line}: {upload.source} {upload.version}, ABI name {', '.join(upload.abi_names)}"


def upload_news(news: LineNews) -> str:
    """What an upload changed in the flavours of a line."""
    if news.since is None:
        return FIRST
    renamed = news.since.old.abi_names != news.since.new.abi_names
    name = f"new ABI name ({renamed_sentence(news.since)})" if renamed else "same ABI name"
    said = [f"{_capital(name)}. By flavour, exports {measured_sentence(news.since)}."]
    said.append(f"Compared with {news.since.old.version}.")
    if news.headline and news.headline.counts:
        said.append(f"{flavour_title(news.headline)}: {flavour_sentence(news.headline)}.")
        said += [CRC_OVERSTATES] if news.headline.counts.crc_changed else []
    return " ".join(said)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
