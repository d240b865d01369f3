"""The authorization table: every page and action of the console, and who may ask for it.

What is not in here does not exist: the guard asks this table, and a test walks over all routes and roles. What belongs to
a ward is checked by the handler as well, with `Visit.require_ward`.
"""

from __future__ import annotations

from bot.console.access import ADMINS, CASE_WORKERS, EVERYBODY, LEADS, REVIEWERS, TRAINERS, Menu, Route
from bot.console.pages import (
    accounts,
    audit_log,
    canned,
    case,
    cases,
    desk,
    draft,
    exchange,
    files,
    guides,
    home,
    intents,
    models,
    old_data,
    profile,
    replay,
    routing,
    second_factor,
    sign_in,
    staff,
    training_inbox,
    training_talk,
    trying,
)
from core.storage.sessions import Stage

__all__ = ["ROUTES"]

_CASE = "/ho-so/{code:[0-9A-Z]{4}-[0-9A-Z]{4}}"
_INTENT = "/huan-luyen/y-dinh/{intent:[a-z0-9_]{2,60}}"
_GUIDE = "/huan-luyen/huong-dan/{guide:[a-z0-9_]{2,44}}"
_MODEL = "/huan-luyen/mo-hinh/{id:[0-9a-f]{16}}"
_ANY_STAGE = frozenset(Stage)
_CODE = frozenset({Stage.CODE})
_ENROL = frozenset({Stage.ENROL, Stage.FULL})

ROUTES: tuple[Route, ...] = (
    Route("GET", "/static/{name:.+}", "static", home.static, None),
    # signing in
    Route("GET", "/dang-nhap", "sign_in", sign_in.show, None),
    Route("POST", "/dang-nhap", "sign_in_do", sign_in.do, None),
    Route("GET", "/ma-xac-thuc", "code", sign_in.show_code, EVERYBODY, _CODE),
    Route("POST", "/ma-xac-thuc", "code_do", sign_in.do_code, EVERYBODY, _CODE),
    Route("POST", "/dang-xuat", "sign_out", sign_in.sign_out, EVERYBODY, _ANY_STAGE),
    Route("GET", "/thiet-lap/{token}", "set_up", sign_in.show_set_up, None),
    Route("POST", "/thiet-lap/{token}", "set_up_do", sign_in.do_set_up, None),
    # everybody's own
    Route("GET", "/", "home", home.show, EVERYBODY, menu=Menu("Trang chính", icon="home")),
    Route("GET", "/ca-nhan", "profile", profile.show, EVERYBODY),
    Route("GET", "/doi-mat-khau", "password", profile.show_password, EVERYBODY),
    Route("POST", "/doi-mat-khau", "password_do", profile.do_password, EVERYBODY),
    Route("POST", "/dang-xuat-noi-khac", "sign_out_elsewhere", profile.sign_out_elsewhere, EVERYBODY),
    Route("GET", "/bao-mat-hai-lop", "second_factor", second_factor.show, EVERYBODY, _ENROL),
    Route("POST", "/bao-mat-hai-lop", "second_factor_do", second_factor.do, EVERYBODY, _ENROL),
    Route("POST", "/bao-mat-hai-lop/tat", "second_factor_off", second_factor.off, EVERYBODY - ADMINS),
    Route("POST", "/bao-mat-hai-lop/ma-du-phong", "recovery_codes", second_factor.codes, EVERYBODY),
    # cases
    Route("GET", "/ho-so", "cases", cases.show, CASE_WORKERS, menu=Menu("Hồ sơ", icon="inbox")),
    Route("GET", "/ho-so/truc-tiep", "cases_live", cases.live, CASE_WORKERS),
    Route("GET", "/ho-so/dang-cho", "cases_bell", cases.ring, CASE_WORKERS),
    Route("GET", "/ho-so/xuat.csv", "cases_export", cases.export, CASE_WORKERS),
    Route("POST", "/ho-so/dong-nhieu", "cases_close", cases.close_many, CASE_WORKERS),
    Route("POST", "/ho-so/cach-xem", "view_save", cases.save_view, CASE_WORKERS),
    Route("POST", "/ho-so/cach-xem/{id:[0-9]{1,9}}/bo", "view_drop", cases.drop_view, CASE_WORKERS),
    Route("GET", _CASE, "case", case.show, CASE_WORKERS),
    Route("GET", f"{_CASE}/truc-tiep", "case_live", case.live, CASE_WORKERS),
    Route("POST", f"{_CASE}/nhan", "case_claim", case.claim, CASE_WORKERS),
    Route("POST", f"{_CASE}/tra-loi", "case_answer", case.answer, CASE_WORKERS),
    Route("POST", f"{_CASE}/ve-hang-cho", "case_release", case.release, CASE_WORKERS),
    Route("POST", f"{_CASE}/chuyen", "case_forward", case.forward, CASE_WORKERS),
    Route("POST", f"{_CASE}/tra-lai", "case_give_back", case.give_back, CASE_WORKERS),
    Route("POST", f"{_CASE}/dong", "case_close", case.close, CASE_WORKERS),
    Route("POST", f"{_CASE}/mo-lai", "case_reopen", case.reopen, CASE_WORKERS),
    Route("GET", f"{_CASE}/tep", "files", files.show_list, CASE_WORKERS),
    Route("POST", f"{_CASE}/tep", "file_add", files.add, CASE_WORKERS),
    Route("GET", "/tep/{id:[0-9]{1,9}}", "file", files.show, CASE_WORKERS),
    Route("POST", "/co-mat", "presence", desk.presence, CASE_WORKERS),
    # what leads set
    Route("GET", "/dieu-phoi", "routing", routing.show, LEADS, menu=Menu("Điều phối", icon="route")),
    Route("POST", "/dieu-phoi/nhom", "team_save", routing.team_save, LEADS),
    Route("POST", "/dieu-phoi/nhom/{id:[0-9]{1,9}}/xoa", "team_drop", routing.team_drop, LEADS),
    Route("POST", "/dieu-phoi/tuyen", "route_save", routing.route_save, LEADS),
    Route("POST", "/dieu-phoi/tuyen/{id:[0-9]{1,9}}/bo", "route_drop", routing.route_drop, LEADS),
    Route("GET", "/gio-lam-viec", "rules", desk.show, LEADS, menu=Menu("Giờ làm việc", icon="clock")),
    Route("POST", "/gio-lam-viec", "rules_save", desk.save, LEADS),
    Route("GET", "/cau-tra-loi", "canned", canned.show, LEADS, menu=Menu("Câu soạn sẵn", icon="message-2")),
    Route("POST", "/cau-tra-loi", "canned_save", canned.save, LEADS),
    Route("POST", "/cau-tra-loi/{id:[0-9]{1,9}}/xoa", "canned_drop", canned.drop, LEADS),
    # what trainers change
    Route("GET", "/huan-luyen", "training_home", intents.home, REVIEWERS, menu=Menu("Huấn luyện", icon="school")),
    Route("GET", "/huan-luyen/y-dinh", "intents", intents.show_list, REVIEWERS),
    Route("GET", "/huan-luyen/y-dinh-moi", "intent_new", intents.show_new, TRAINERS),
    Route("POST", "/huan-luyen/y-dinh-moi", "intent_new_do", intents.new, TRAINERS),
    Route("GET", _INTENT, "intent", intents.show, REVIEWERS),
    Route("POST", _INTENT, "intent_do", intents.act, TRAINERS),
    Route("POST", "/huan-luyen/soat-cau", "examples_check", intents.check, TRAINERS),
    Route("GET", "/huan-luyen/huong-dan", "guides", guides.show_list, REVIEWERS),
    Route("GET", "/huan-luyen/huong-dan-moi", "guide_new", guides.show_new, TRAINERS),
    Route("POST", "/huan-luyen/huong-dan-moi", "guide_new_do", guides.new, TRAINERS),
    Route("GET", _GUIDE, "guide", guides.show, REVIEWERS),
    Route("POST", _GUIDE, "guide_do", guides.save, TRAINERS),
    Route("GET", f"{_GUIDE}/duong-dan", "guide_links", guides.links, REVIEWERS),
    Route("POST", f"{_GUIDE}/duyet", "guide_approve", guides.approve, REVIEWERS),
    Route("GET", "/huan-luyen/nhap-xuat", "exchange", exchange.show, REVIEWERS),
    Route("GET", "/huan-luyen/nhap-xuat/cau-vi-du.{kind:[a-z]{3,4}}", "exchange_out", exchange.send, REVIEWERS),
    Route("POST", "/huan-luyen/nhap-xuat/xem-truoc", "exchange_plan", exchange.preview, TRAINERS),
    Route("POST", "/huan-luyen/nhap-xuat", "exchange_do", exchange.bring, TRAINERS),
    Route("GET", "/huan-luyen/ban-nhap", "draft", draft.show, REVIEWERS),
    Route("POST", "/huan-luyen/ban-nhap/hoan-tac", "draft_undo", draft.undo, TRAINERS),
    Route("POST", "/huan-luyen/ban-nhap/bo-tep", "draft_discard", draft.discard, TRAINERS),
    Route("POST", "/huan-luyen/ban-nhap/cap-nhat", "draft_catch_up", draft.catch_up, TRAINERS),
    # the trainers' inbox
    Route("GET", "/huan-luyen/hop-thu", "training", training_inbox.show, TRAINERS),
    Route("GET", "/huan-luyen/hop-thu/nhom/{id:[0-9]{1,9}}", "training_group", training_inbox.show_group, TRAINERS),
    Route("POST", "/huan-luyen/hop-thu/quyet-dinh", "training_rule", training_inbox.decide, TRAINERS),
    Route("POST", "/huan-luyen/hop-thu/quyet-dinh/{id:[0-9]{1,9}}/hoan-tac", "training_undo", training_inbox.undo, TRAINERS),
    Route("GET", "/huan-luyen/hop-thu/da-xu-ly", "training_done", training_inbox.done, TRAINERS),
    Route("GET", "/huan-luyen/hop-thu/hoi-thoai/{id:[0-9]{1,9}}", "training_talk", training_talk.show, TRAINERS),
    Route("POST", "/huan-luyen/hop-thu/hoi-thoai/{id:[0-9]{1,9}}", "training_story", training_talk.save, TRAINERS),
    # models
    Route("GET", "/huan-luyen/mo-hinh", "models", models.show, REVIEWERS),
    Route("GET", "/huan-luyen/mo-hinh/truc-tiep", "models_live", models.live, REVIEWERS),
    Route("POST", "/huan-luyen/mo-hinh/huan-luyen", "model_train", models.train, TRAINERS),
    Route("POST", "/huan-luyen/mo-hinh/dung", "model_stop", models.stop, TRAINERS),
    Route("POST", "/huan-luyen/mo-hinh/tro-lai", "model_rollback", models.rollback, REVIEWERS),
    Route("GET", _MODEL, "model", models.show_one, REVIEWERS),
    Route("POST", f"{_MODEL}/do-lai", "model_again", models.again, TRAINERS),
    Route("POST", f"{_MODEL}/dua-vao-dung", "model_promote", models.promote, REVIEWERS),
    Route("GET", f"{_MODEL}/tro-chuyen", "trying", trying.show, REVIEWERS),
    Route("POST", f"{_MODEL}/tro-chuyen", "trying_say", trying.say, REVIEWERS),
    Route("GET", "/huan-luyen/phat-lai", "replay", replay.show, TRAINERS),
    Route("POST", "/huan-luyen/phat-lai/{id:[0-9a-f]{16}}/{item:[0-9]{1,9}}", "replay_judge", replay.judge, TRAINERS),
    # administration
    Route("GET", "/nhan-su", "staff", staff.show_list, ADMINS, menu=Menu("Nhân sự", icon="users")),
    Route("GET", "/nhan-su/them", "staff_add", staff.show_add, ADMINS),
    Route("POST", "/nhan-su/them", "staff_add_do", staff.do_add, ADMINS),
    Route("GET", "/nhan-su/{id:[0-9]{1,9}}", "staff_edit", staff.show_edit, ADMINS),
    Route("POST", "/nhan-su/{id:[0-9]{1,9}}", "staff_edit_do", staff.do_edit, ADMINS),
    Route("POST", "/nhan-su/{id:[0-9]{1,9}}/lien-ket", "staff_link", accounts.link, ADMINS),
    Route("POST", "/nhan-su/{id:[0-9]{1,9}}/khoa", "staff_disable", accounts.disable, ADMINS),
    Route("POST", "/nhan-su/{id:[0-9]{1,9}}/mo", "staff_enable", accounts.enable, ADMINS),
    Route("POST", "/nhan-su/{id:[0-9]{1,9}}/bo-hai-lop", "staff_totp_off", accounts.totp_off, ADMINS),
    Route("GET", "/nhat-ky", "audit", audit_log.show, ADMINS, menu=Menu("Nhật ký", icon="history")),
    Route("GET", "/du-lieu-cu", "old_data", old_data.show, ADMINS, menu=Menu("Dữ liệu cũ", icon="shield-check")),
)
