"""The pages of models: who may see and do what, what a measured candidate shows, verdicts on replayed messages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from bot.console.routes import ROUTES
from core.messages import Inbound
from core.staff import Role
from core.storage import replays, runs, turns
from core.storage.models import Message, Turn
from core.storage.release_models import Candidate, ReplayItem
from core.storage.staff_models import AuditEntry
from tests.console.office import Office
from tests.training.reports import passing_report

CANDIDATE = "0123456789abcdef"


async def add_candidate(office: Office, **changes: Any) -> None:
    """A measured candidate of the account ``huan_luyen``."""
    async with office.database.session.begin() as session:
        row = Candidate(id=CANDIDATE, tree="t", model="troly-x", made_by="huan_luyen", report=passing_report(**changes))
        session.add(row)


async def add_replayed(office: Office, text: str) -> int:
    """One more message of a citizen that the candidate answers otherwise; the first such item's id."""
    inbound = Inbound("web", "w", "c", text, text, datetime.now(UTC))
    stored = await office.database.transact(turns.add_inbound, inbound, text, {})
    answer = {"outcome": "answered", "guide": "dang_ky_tam_tru", "section": "fee", "reply": "<b>không</b>"}
    assert stored
    async with office.database.session() as session:
        before = await replays.list_items(session, CANDIDATE)
    rows = [
        {"message_id": number, "before": answer, "after": answer | {"guide": None}, "guess": "unknown", "sampled": True}
        for number in [*(item.message_id for item in before), stored[1]]
    ]
    async with office.database.session.begin() as session:
        await replays.replace(session, CANDIDATE, rows)
    async with office.database.session() as session:
        return (await session.scalars(select(ReplayItem.id))).all()[0]


async def test_the_gate_shows_what_fails_with_its_sentences(staffed: Office) -> None:
    """A refusal names the check and the sentences, escaped; nothing can be promoted."""
    said = [{"text": "quên mk", "intent": "topic_quen_mat_khau", "got": "deny", "example": True}]
    pair = {"a": "deny", "b": "topic_quen_mat_khau", "n": 1, "proposal": "merge", "sentences": said}
    await add_candidate(staffed, safety={"n": 5, "missed": ["có người <đòi> mã otp"]}, pairs=[pair])
    async with staffed.desk("quan_tri") as admin:
        answer = await admin.get(f"/canbo/huan-luyen/mo-hinh/{CANDIDATE}")
        assert "Chưa qua cổng kiểm tra" in answer.text
        assert "4/5 tin được cảnh báo" in answer.text
        assert "có người &lt;đòi&gt; mã otp" in answer.text
        assert "dua-vao-dung" not in answer.text
        assert "là Quên mật khẩu, nghe ra deny" in answer.text
        assert "y-dinh/topic_quen_mat_khau?gop=deny#more" in answer.text  # a trainer's own can be merged into the other
        assert "y-dinh/deny#examples" in answer.text
        refused = await admin.post(
            f"/canbo/huan-luyen/mo-hinh/{CANDIDATE}/dua-vao-dung", form=f"/canbo/huan-luyen/mo-hinh/{CANDIDATE}"
        )
        assert refused.status == 422
        assert "Chưa đưa vào dùng được" in refused.text


async def test_who_trained_a_candidate_needs_somebody_else_to_promote_it(staffed: Office) -> None:
    """The trainer sees why there is no button; an administrator has it."""
    await add_candidate(staffed)
    path = f"/canbo/huan-luyen/mo-hinh/{CANDIDATE}"
    async with staffed.desk("huan_luyen") as trainer, staffed.desk("quan_tri") as admin:
        assert "cần một người huấn luyện khác" in (await trainer.get(path)).text
        assert "Đưa vào dùng" in (await admin.get(path)).text
        refused = await trainer.post(f"{path}/dua-vao-dung", form=path)
        assert refused.status == 422


async def test_a_verdict_counts_for_the_gate_and_can_be_taken_back(staffed: Office) -> None:
    """One click or key; who gave it is kept, and the gate waits until all drawn messages are looked at."""
    await add_candidate(staffed)
    item = await add_replayed(staffed, "số điện thoại tui là [số điện thoại]")
    path = f"/canbo/huan-luyen/phat-lai/{CANDIDATE}/{item}"
    async with staffed.desk("huan_luyen") as trainer:
        page = await trainer.get("/canbo/huan-luyen/phat-lai")
        assert "&lt;b&gt;không&lt;/b&gt;" in page.text
        assert "đã xem 0/1 tin chọn mẫu" in (await trainer.get(f"/canbo/huan-luyen/mo-hinh/{CANDIDATE}")).text
        form = "/canbo/huan-luyen/phat-lai"
        assert (await trainer.post(path, {"ket_luan": "worse"}, form=form)).status == 303
        assert "Đã xem 1/1 tin chọn mẫu, 1 tin kém đi" in (await trainer.get(form)).text
        assert "Hỏng" in (await trainer.get(f"/canbo/huan-luyen/mo-hinh/{CANDIDATE}")).text
        assert (await trainer.post(path, {"ket_luan": "tệ"}, form=form)).status == 422
        assert (await trainer.post(path, {"ket_luan": ""}, form=form)).status == 303
        assert "Đã xem 0/1" in (await trainer.get(form)).text
    async with staffed.database.session() as session:
        noted = (await session.scalars(select(AuditEntry).where(AuditEntry.action == "model.verdict"))).all()
        assert len(noted) == 2
        assert "điện thoại" not in str([entry.detail for entry in noted])


async def test_replayed_messages_go_with_the_conversation(staffed: Office) -> None:
    """Whoever has everything deleted is in no list of trainers any more."""
    await add_candidate(staffed)
    await add_replayed(staffed, "xóa giúp tui")
    async with staffed.database.session.begin() as session:
        await session.delete((await session.scalars(select(Message))).one())
    async with staffed.database.session() as session:
        assert (await session.scalars(select(ReplayItem))).all() == []
        assert (await session.scalars(select(Turn))).all() == []


async def test_the_run_under_way_is_shown_with_its_time_left(staffed: Office) -> None:
    """With a bar, a log and a button to stop it; nobody can begin another one."""
    await add_candidate(staffed)
    async with staffed.database.session.begin() as session:
        row = await session.get_one(Candidate, CANDIDATE)
        run = await runs.begin(session, "train", row, "huan_luyen", "another-machine")
        await runs.tell(session, run.id, "measure", 0.5, None, ["10:00:00 Đo <cạnh> bản đang dùng"])
    async with staffed.desk("huan_luyen") as trainer:
        page = (await trainer.get("/canbo/huan-luyen/mo-hinh")).text
        assert 'value="50"' in page
        assert "Đo &lt;cạnh&gt;" in page
        assert "Huấn luyện bản nháp" not in page
        assert "progress" in (await trainer.get("/canbo/huan-luyen/mo-hinh?phan=luot")).text
        stopped = await trainer.post("/canbo/huan-luyen/mo-hinh/dung", form="/canbo/huan-luyen/mo-hinh")
        assert stopped.status == 303
    async with staffed.database.session() as session:
        under_way = await runs.active(session)
        assert under_way is not None
        assert under_way.stop  # its own machine ends it


def test_models_are_for_trainers_and_administrators() -> None:
    """And replayed messages for trainers alone; that the table holds is shown for all routes at once (test_access)."""
    allowed = {route.name: set(route.roles or ()) for route in ROUTES}
    assert allowed["models"] == allowed["model"] == allowed["model_promote"] == {Role.TRAINER, Role.ADMIN}
    assert allowed["replay"] == allowed["replay_judge"] == {Role.TRAINER}
