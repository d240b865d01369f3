"""A record of the national catalogue condensed into a guide: short, plain, and honest about what the portal leaves open."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from core import texts
from core.catalogue_papers import documents, forms
from core.catalogue_record import CatalogueRecord, Legal
from core.catalogue_steps import citizen_steps
from core.catalogue_terms import Terms, fee_terms, time_terms
from core.catalogue_text import TITLE_WORDS, bare, capitalize, first_room, fit, folded, office, plain, shorten, split_lines
from core.guides import Guide, GuideKind, Sections, Source

__all__ = ["PORTAL", "as_guide"]

PORTAL = "https://dichvucong.gov.vn/dich-vu-cong-truc-tuyen/"
_AREA = "danh_muc"
_VALID_FOR = timedelta(days=365)
_UNDATED = date(2000, 1, 1)
_SHORT_TITLE = 40
_RESULTS = 3
_CONDITIONS = 4
_USERS = 4
_LEGAL = 8
_ITEM_WORDS = 40
_NAME_WORDS = 50
_LAW_NAME_WORDS = 10
_NO_CONDITION_WORDS = 6

_LEADING_NAME = re.compile(r"^[\s.,;:–-]*(?:Thủ tục(?! hải quan| hành chính)[\s:]+)?", re.IGNORECASE)
_TRAILING_CODE = re.compile(r"[\s–-]{0,5}\(?\s*\d\.\d{6}\s*\)?[\s.;,:–-]*$")
_TRAILING_BODY = re.compile(r"\s*\(?1[.)]+\s*Trình tự thực hiện.*$", re.IGNORECASE)
_BRACKETS = re.compile(r"\s*\([^()]*\)")
_PERSON = re.compile(r"^(?:cong dan|nguoi|can bo|dang vien)")
_ORGANISATION = re.compile(r"^(?:to chuc|doanh nghiep|hop tac xa)")
_NO_CONDITION = re.compile(r"^kho?n?g\b")
_SAYS_FULL = re.compile(r"\btoan trinh\b")
_SAYS_PART = re.compile(r"\bmot phan\b(?! (?:dien tich|ket cau|cong trinh|thua|von|nha))")


def as_guide(record: CatalogueRecord) -> Guide:
    """What a citizen is told about a procedure of the catalogue. Works for every valid record."""
    name = _name(record.name) or record.code
    title = shorten(name, TITLE_WORDS)
    fees, times = fee_terms(record.methods), time_terms(record.methods)
    online, online_unsure = _online(record)
    updated = record.updated_at or _UNDATED
    authority = office(record.agency.competent_agency or record.agency.executing_agency)
    return Guide(
        id=f"dvc_{record.code.replace('.', '_')}",
        kind=GuideKind.CATALOGUE,
        title=title,
        short_title=_short(title),
        area=_AREA,
        code=record.code,
        portal_url=PORTAL + record.code,
        audience=_audience(record),
        authority=authority or None,
        applies_to=record.applies_to,
        sections=Sections(
            summary=fit(_summary(record, name, title, authority, times), title),
            eligibility=fit(_eligibility(record), title),
            documents=documents(record.documents, title),
            steps=citizen_steps(record.steps, title),
            where=fit(_where(record), title),
            online=fit(online, title),
            fee=fit(fees.full, title),
            time=fit(times.full, title),
            result=fit(_results(record), title),
            form=fit(forms(record.documents), title),
            status=fit((texts.CATALOGUE_STATUS,), title),
        ),
        to_confirm=(
            *((texts.CATALOGUE_FEE_TO_CONFIRM,) if fees.to_confirm else ()),
            *((texts.CATALOGUE_ONLINE_TO_CONFIRM,) if online_unsure else ()),
        ),
        legal_basis=_legal_basis(record),
        sources=(_source(record),),
        confidence="medium",
        verified_on=updated,
        verify_again_by=updated + _VALID_FOR,
        owner=texts.CATALOGUE_OWNER,
    )


def _name(name: str) -> str:
    """The official name without what is no part of it, in sentence case; nothing when it is markup alone."""
    cleaned = _TRAILING_BODY.sub("", _TRAILING_CODE.sub("", _LEADING_NAME.sub("", plain(name))))
    cleaned = bare(cleaned).rstrip(" .") or plain(name)
    return capitalize(cleaned.lower() if cleaned.isupper() else cleaned)


def _short(title: str) -> str:
    if len(title) <= _SHORT_TITLE:
        return title
    cut = title[: _SHORT_TITLE - 1]
    return (cut.rpartition(" ")[0] or cut).rstrip(" ,;:.-–(…") + "…"


def _audience(record: CatalogueRecord) -> str:
    users = [folded(user) for user in record.target_users]
    person, organisation = any(map(_PERSON.match, users)), any(map(_ORGANISATION.match, users))
    return "both" if person == organisation else "citizen" if person else "organisation"


def _summary(record: CatalogueRecord, name: str, title: str, authority: str, times: Terms) -> Iterator[str]:
    parts = [_about(record)]
    if authority:
        parts.append(texts.CATALOGUE_DECIDES.format(authority=authority))
    online = any(method.channel == "ONLINE" for method in record.methods)
    parts.append(texts.CATALOGUE_ONLINE_SHORT if online else texts.CATALOGUE_OFFLINE_SHORT)
    parts.append(times.short)
    whole = " ".join(filter(None, parts))
    yield from ([whole] if len(whole.split()) <= first_room(title) else parts)
    if record.applies_to != "vn":
        yield texts.CATALOGUE_LOCAL.format(publisher=shorten(office(record.promulgated_by), 12))
    if title != name:
        yield texts.CATALOGUE_FULL_NAME.format(name=shorten(name, _NAME_WORDS))


def _about(record: CatalogueRecord) -> str:
    sector = shorten(bare(record.sector), 12).rstrip(".")
    known = [texts.CATALOGUE_LEVELS.get(level.strip().lower(), "") for level in record.level.split(",")]
    level = "; ".join(dict.fromkeys(filter(None, known)))
    if sector and level:
        return texts.CATALOGUE_ABOUT.format(sector=sector, level=level)
    if sector:
        return texts.CATALOGUE_ABOUT_SECTOR.format(sector=sector)
    return texts.CATALOGUE_ABOUT_LEVEL.format(level=level) if level else ""


def _where(record: CatalogueRecord) -> Iterator[str]:
    done_by = office(record.agency.executing_agency or record.agency.competent_agency)
    if done_by:
        yield texts.CATALOGUE_WHERE_DONE_BY.format(authority=done_by)
    channels = {method.channel for method in record.methods}
    ways = [_counter(record) if "DIRECT" in channels or not channels else texts.CATALOGUE_NO_COUNTER]
    if "POSTAL" in channels:
        ways.append(texts.CATALOGUE_POSTAL)
    if "ONLINE" in channels:
        ways.append(texts.CATALOGUE_WHERE_ONLINE)
    yield " ".join(ways)


def _counter(record: CatalogueRecord) -> str:
    if record.is_vertical or not (record.is_ward or record.is_province):
        return texts.CATALOGUE_COUNTER_OFFICE
    if record.is_ward and record.is_province:
        return texts.CATALOGUE_COUNTER_BOTH
    return texts.CATALOGUE_COUNTER_WARD if record.is_ward else texts.CATALOGUE_COUNTER_PROVINCE


def _online(record: CatalogueRecord) -> tuple[tuple[str, ...], bool]:
    """What to tell about applying online, and whether the record contradicts itself."""
    if not any(method.channel == "ONLINE" for method in record.methods):
        told = texts.CATALOGUE_ONLINE_CONTRADICTS if record.is_full_process else texts.CATALOGUE_ONLINE_NONE
        return (told,), bool(record.is_full_process)
    how = texts.CATALOGUE_ONLINE_HOW.format(code=record.code)
    named = folded(record.name)
    says_full, says_part = bool(_SAYS_FULL.search(named)), bool(_SAYS_PART.search(named))
    if record.is_full_process is None:
        return (texts.CATALOGUE_ONLINE_LEVEL_UNKNOWN, how), False
    if (record.is_full_process and says_part) or (not record.is_full_process and says_full):
        return (texts.CATALOGUE_ONLINE_UNSURE, how), True
    return (texts.CATALOGUE_ONLINE_FULL if record.is_full_process else texts.CATALOGUE_ONLINE_PART, how), False


def _eligibility(record: CatalogueRecord) -> Iterator[str]:
    users = list(dict.fromkeys(user for user in map(_user, record.target_users) if user))
    if users:
        more = f" và {len(users) - _USERS} đối tượng khác" if len(users) > _USERS else ""
        yield texts.CATALOGUE_FOR.format(users=", ".join(users[:_USERS]) + more)
    lines = [line for line in map(bare, split_lines(record.conditions)) if any(map(str.isalnum, line))]
    if len(lines) == 1 and len(lines[0].split()) <= _NO_CONDITION_WORDS and _NO_CONDITION.match(folded(lines[0])):
        yield texts.CATALOGUE_NO_CONDITIONS
        return
    yield from (capitalize(shorten(line, _ITEM_WORDS)) for line in lines[:_CONDITIONS])
    if len(lines) > _CONDITIONS:
        yield texts.CATALOGUE_MORE_CONDITIONS


def _user(user: str) -> str:
    user = shorten(bare(_BRACKETS.sub("", user)), 15)
    return user[:1].lower() + user[1:] if _PERSON.match(folded(user)) or _ORGANISATION.match(folded(user)) else ""


def _results(record: CatalogueRecord) -> Iterator[str]:
    results = list(dict.fromkeys(text for text in map(bare, record.results) if any(map(str.isalnum, text))))
    yield from (capitalize(shorten(text, _ITEM_WORDS)) for text in results[:_RESULTS])
    if len(results) > _RESULTS:
        yield texts.CATALOGUE_MORE_RESULTS.format(count=len(results) - _RESULTS)


def _legal_basis(record: CatalogueRecord) -> tuple[str, ...]:
    return tuple(list(dict.fromkeys(filter(None, map(_act, record.legal))))[:_LEGAL])


def _act(act: Legal) -> str:
    """The number; laws are better known by name, and what has no number is told by its name alone."""
    number, name = plain(act.no), plain(act.name)
    if not number:
        return shorten(name, 20)
    if name.startswith(("Luật", "Bộ luật")) and len(name.split()) <= _LAW_NAME_WORDS and number not in name:
        return shorten(f"{name.rstrip('.')} {number}", 20)
    return shorten(number, 12)


def _source(record: CatalogueRecord) -> Source:
    url = PORTAL + record.code
    if record.updated_at is None:
        return Source(title=texts.CATALOGUE_SOURCE_UNDATED, url=url)
    title = texts.CATALOGUE_SOURCE.format(date=f"{record.updated_at:%d/%m/%Y}")
    return Source(title=title, url=url, date=record.updated_at.isoformat())
