"""A guide's text checked before it is written: problems in Vietnamese, by field, as the form of a guide names it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from pydantic import ValidationError

from core.errors import ContentError
from core.guides import Guide

__all__ = ["checked", "field_name", "lost_links"]

_FIELDS = {
    "id": "Mã", "title": "Tên", "short_title": "Tên ngắn", "area": "Lĩnh vực", "code": "Mã thủ tục trên Cổng",
    "portal_url": "Trang trên Cổng", "authority": "Cơ quan giải quyết", "aliases": "Cách bà con gọi", "needs": "Hoàn cảnh",
    "related": "Hướng dẫn liên quan", "sections": "Nội dung", "summary": "Tóm tắt", "eligibility": "Ai được làm",
    "documents": "Giấy tờ", "steps": "Bước", "where": "Làm ở đâu", "online": "Qua mạng", "fee": "Lệ phí", "time": "Thời gian",
    "result": "Kết quả", "form": "Mẫu đơn", "problems": "Vướng mắc", "status": "Theo dõi hồ sơ", "branch": "Trường hợp",
    "to_confirm": "Điều cần hỏi lại", "legal_basis": "Căn cứ", "sources": "Nguồn", "confidence": "Độ chắc chắn",
    "verified_on": "Ngày kiểm tra", "verify_again_by": "Hạn kiểm tra lại", "owner": "Đơn vị phụ trách", "do": "việc phải làm",
    "see": "thấy gì khi xong", "stuck": "chỗ hay kẹt", "cause": "dấu hiệu", "cure": "cách chữa", "only": "trường hợp",
    "name": "tên giấy tờ", "copies": "số bản", "note": "ghi chú", "when": "khi nào cần", "url": "địa chỉ", "date": "ngày",
}  # fmt: skip
_KINDS = {
    "missing": "còn thiếu",
    "extra_forbidden": "không phải mục của hướng dẫn",
    "enum": "không thuộc danh sách cho phép",
    "date_from_datetime_parsing": "ngày viết như 2026-11-23",
    "date_parsing": "ngày viết như 2026-11-23",
    "date_type": "cần một ngày",
    "string_pattern_mismatch": "viết chưa đúng dạng",
    "string_type": "cần là chữ",
}
_SAID = (
    (r"is empty", "để trống; viết nội dung hoặc bỏ mục"),
    (r"has (\d+) words.*: at most (\d+)", r"có \1 chữ, tối đa \2; hãy tách hoặc rút gọn"),
    (r"holds '<'", "có dấu < hoặc >; chỉ viết chữ thường"),
    (r"verify_again_by must be later", "hạn kiểm tra lại phải sau ngày kiểm tra"),
    (r"a topic needs", "cần có các bước hoặc vướng mắc"),
    (r"aliases: give at least 3", "cần ít nhất ba cách bà con gọi"),
    (r"aliases/needs repeat (.*):", r"ghi hai lần: \1"),
    (r"(?:sections: )?'only' needs a branch", "hướng dẫn này không chia trường hợp, nên bỏ mục “trường hợp”"),
    (r"only: (.*) is no option of the branch; write one of (.*)", r"trường hợp \1 không có; chọn trong: \2"),
    (r"branch.options: nothing is different for '(.*)'", r"trường hợp “\1” không có gì khác"),
    (r"sections.steps: none is left for '(.*)'", r"trường hợp “\1” không còn bước nào"),
    (r"branch.options: ages overlap", "các trường hợp trùng tuổi"),
)


def field_name(path: str) -> str:
    """A field as trainers read it.

    >>> field_name("sections.steps.0.do")
    'Bước 1, việc phải làm'
    """
    words: list[str] = []
    for part in path.split("."):
        if part.isdecimal() and words:
            words[-1] += f" {int(part) + 1}"
        elif part != "sections":
            words.append(_FIELDS.get(part, part))
    return ", ".join(words) or "Hướng dẫn"


def checked(raw: Any, path: str) -> Guide:
    """The guide that a file's content makes.

    Args:
        raw: What the YAML says.
        path: Of the file; name and folder must fit.

    Raises:
        ContentError: One sentence in Vietnamese for everything that is wrong.
    """
    if not isinstance(raw, Mapping):
        raise ContentError([f"{path}: không phải một hướng dẫn"])
    try:
        guide = Guide.model_validate(raw)
    except ValidationError as error:
        raise ContentError([_explained(dict(item)) for item in error.errors()]) from error
    if not path.endswith(f"/{guide.area}/{guide.id}.yml"):
        raise ContentError([f"{path}: mã và lĩnh vực phải trùng với tên tệp và thư mục"])
    return guide


def _explained(item: dict[str, Any]) -> str:
    field = field_name(".".join(str(part) for part in item["loc"]))
    said = str(item["msg"]).removeprefix("Value error, ")
    limit = (item.get("ctx") or {}).get("max_length")
    if limit is not None:
        return f"{field}: dài quá, tối đa {limit} ký tự"
    if item["type"] == "too_short":
        return f"{field}: cần thêm mục"
    if kind := _KINDS.get(item["type"]):
        return f"{field}: {kind}"
    for pattern, vietnamese in _SAID:
        if found := re.search(pattern, said):
            return f"{field}: {found.expand(vietnamese)}"
    return f"{field}: {said}"


def lost_links(guide: Guide, known: Collection[str]) -> list[str]:
    """Where a guide points to one that is not among `known`, a sentence each."""
    redirects = [option.guide for option in guide.branch.options if option.guide] if guide.branch else []
    others = dict.fromkeys((*guide.related, *filter(None, [guide.same_as]), *redirects))
    return [f"{guide.title}: hướng dẫn liên quan “{other}” không có" for other in others if other not in known]
