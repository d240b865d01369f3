async def test_database_is_migrated(database):
    assert database.url
async def test_brain_answers(brain):
    r = await brain.answer("x", [], "đăng ký tạm trú cần giấy tờ gì", None)
    assert r.decision["guide"] == "dang_ky_tam_tru"
