"""Dialogue files in all their forms, and the sentence that a bad one gets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from memviz.core.errors import KnownError
from memviz.dialogue.files import read_dialogue_file
from memviz.dialogue.turns import local_date


def written(tmp_path: Path, text: str, name: str = "talk.txt") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_memory_bank(tmp_path):
    told = {
        "Ann": {
            "name": "Ann B.",
            "summary": {},
            "history": {
                "2024-05-14": [{"query": "Hi", "response": "Hello"}, {"query": "I like tea", "response": " "}],
                "2024-05-15": [{"query": "Again", "response": "Yes?"}],
            },
        },
        "小雨": {"history": {"2024-05-14": [{"query": "你好", "response": "你好！"}]}},
    }
    file = read_dialogue_file(written(tmp_path, json.dumps(told, ensure_ascii=False, indent=1), "bank.json"))
    assert [(session.owner, session.name, len(session.turns)) for session in file.sessions] == [
        ("Ann B.", "2024-05-14", 3),
        ("Ann B.", "2024-05-15", 2),
        ("小雨", "2024-05-14", 2),
    ]
    assert (file.count, file.owners) == (7, ("Ann B.", "小雨"))
    day = local_date(file.sessions[0].turns[0].time)
    assert str(day) == "2024-05-14"


def test_json_lines(tmp_path):
    lines = [
        {"role": "user", "text": "Hi", "time": "2024-05-14T09:30", "owner": "Ann"},
        {"role": "assistant", "text": "Hello", "time": 1715679060, "owner": "Ann", "speaker": "Bot"},
        {"role": "user", "text": "More", "session": "later", "owner": "Ann"},
    ]
    text = "\n".join(json.dumps(line) for line in lines) + "\n\n"
    for name in ("talk.jsonl", "talk.json", "talk.txt"):
        file = read_dialogue_file(written(tmp_path, text, name))
        assert [(session.name, len(session.turns)) for session in file.sessions] == [("2024-05-14", 2), ("later", 1)]
        assert file.sessions[0].turns[1].speaker == "Bot"
        assert file.sessions[1].turns[0].time is None


def test_chats_as_other_programs_write_them(tmp_path):
    talk = [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "我叫李雷。"},
        {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]},
        {"role": "tool", "content": "4"},
        {"role": "assistant", "content": [{"type": "text", "text": "你好"}, {"type": "image_url"}]},
    ]
    lines = "\n".join(json.dumps(message) for message in talk)
    forms = {"list.json": json.dumps(talk), "long.json": json.dumps(talk, indent=1), "talk.jsonl": lines}
    forms |= {"one.json": json.dumps({"model": "m", "messages": talk}, indent=1), "short.json": lines}
    forms |= {"one.jsonl": json.dumps({"messages": talk})}
    for name, text in forms.items():
        [session] = read_dialogue_file(written(tmp_path, text, name)).sessions
        assert [(turn.role, turn.text) for turn in session.turns] == [("user", "我叫李雷。"), ("assistant", "你好")], (
            name
        )
    several = [{"messages": talk}, {"messages": talk[1:2]}]
    for name, text in (("s.json", json.dumps(several)), ("s.jsonl", "\n".join(map(json.dumps, several)))):
        file = read_dialogue_file(written(tmp_path, text, name))
        assert [(session.name, len(session.turns)) for session in file.sessions] == [("1", 2), ("2", 1)]


def test_transcripts(tmp_path):
    text = "# 2024-05-14\nUser: Hi\nAssistant: Hello,\nhow are you?\n\n用户：很好\n助手：那就好\n\n# later\nuser: Bye\n"
    file = read_dialogue_file(written(tmp_path, text))
    assert [(session.name, len(session.turns)) for session in file.sessions] == [("2024-05-14", 4), ("later", 1)]
    first = file.sessions[0]
    assert [turn.role for turn in first.turns] == ["user", "assistant", "user", "assistant"]
    assert first.turns[1].text == "Hello,\nhow are you?"
    assert str(local_date(first.turns[0].time)) == "2024-05-14"
    assert file.sessions[1].turns[0].time is None


def test_only_dates_in_brackets_begin_a_session(tmp_path):
    text = "[2024-05-14]\nUser: Hi\n[laughs]\nAssistant: Hello\n[2024-05-15 09:30]\nUser: Again\n"
    file = read_dialogue_file(written(tmp_path, text))
    assert [(session.name, len(session.turns)) for session in file.sessions] == [
        ("2024-05-14", 2),
        ("2024-05-15 09:30", 1),
    ]
    assert file.sessions[0].turns[0].text == "Hi\n[laughs]"


def test_an_answer_belongs_to_whom_it_answers(tmp_path):
    rows = [("user", "Bob"), ("assistant", ""), ("user", ""), ("assistant", "")]
    text = "\n".join(json.dumps({"role": role, "text": "Hi", "owner": owner}) for role, owner in rows)
    file = read_dialogue_file(written(tmp_path, text, "talk.jsonl"))
    assert [(session.owner, len(session.turns)) for session in file.sessions] == [("Bob", 2), ("", 2)]


def test_a_byte_order_mark_and_windows_lines(tmp_path):
    path = tmp_path / "talk.txt"
    path.write_bytes("\ufeffUser: Hi\r\nAssistant: Hello\r\n".encode())
    assert [turn.text for turn in read_dialogue_file(path).sessions[0].turns] == ["Hi", "Hello"]


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        ('{"a": \n {', "bad.json", "Line 2"),
        ("[1, 2]", "list.json", "object of users"),
        ('{"Ann": 3}', "three.json", "no history for “Ann”"),
        ('{"Ann": {"history": {"2024": 3}}}', "days.json", "Ann, 2024"),
        ('{"Ann": {"history": {"2024": [{"query": 3}]}}}', "query.json", "Exchange 1"),
        ('{"role": "user", "text": "a"}\n{"role": "king", "text": "b"}', "role.jsonl", "Line 2"),
        (
            '[{"role": "user", "content": "a"}, {"role": "king", "content": "b"}]',
            "king.json",
            "Message 2 of “king.json”",
        ),
        ('{"messages": [{"role": "user"}]}', "mute.jsonl", "Message 1 of line 1 of “mute.jsonl” is no turn"),
        ('{"messages": [{"role": "user"}]}', "mute.json", "Message 1 of conversation 1 of “mute.json” is no turn"),
        ('{"role": "user", "text": "a"}\nhello', "hello.jsonl", "Line 2"),
        ('{"role": "user", "text": "a", "time": "noon"}', "noon.jsonl", "Line 1"),
        ('{"role": "user", "text": "a", "time": true}', "true.jsonl", "Line 1"),
        ('{"role": "user", "text": "a", "time": 1e300}', "far.jsonl", "Line 1"),
        ("Once upon a time\nUser: Hi", "tale.txt", "Line 1"),
        ("", "empty.txt", "holds no turn"),
        ("{}", "none.json", "holds no turn"),
        ("User:\nAssistant:\n", "silent.txt", "holds no turn"),
        ("[" * 100_000, "deep.json", "deep.json"),
        ("[laughs]\nUser: Hi", "laughs.txt", "Line 1"),
        (r'{"role": "user", "text": "a"}' + "\n" + r'{"role": "user", "text": "\ud800"}', "half.jsonl", "Line 2"),
        (r'{"role": "user", "text": "a", "owner": "\ud800"}', "owner.jsonl", "Line 1"),
        (r'{"Ann": {"history": {"2024": [{"query": "\ud800", "response": ""}]}}}', "half.json", "Exchange 1"),
        (r'{"Ann\ud800": {"history": {}}}', "user.json", "half of a character"),
    ],
)
def test_bad_files_get_one_sentence(tmp_path, text, name, words):
    with pytest.raises(KnownError) as caught:
        read_dialogue_file(written(tmp_path, text, name))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(KnownError, match="cannot be read"):
        read_dialogue_file(tmp_path / "missing.txt")
    (tmp_path / "latin.txt").write_bytes(b"User: caf\xe9")
    with pytest.raises(KnownError, match="UTF-8"):
        read_dialogue_file(tmp_path / "latin.txt")


@pytest.mark.data
@pytest.mark.parametrize("language", ["en", "cn"])
def test_memory_bank_itself(data_sets, language):
    file = read_dialogue_file(data_sets / "memorybank" / language / f"memory_bank_{language}.json")
    assert (len(file.owners), file.count) == (15, 1_132)
    assert all(session.turns[0].time is not None for session in file.sessions)
