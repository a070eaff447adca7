"""Bytes of imported files: read in their encoding, or refused with a reason; a bad one costs only itself."""

import pytest
from import_texts import ANSWER, DATED, GERMAN, UKRAINIAN, record

from monitor.earlier import Report, read_file


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (record(DATED, body=ANSWER), "does not say its address"),
        (record("WARC-Target-URI: https://a.test/x", body=ANSWER), "does not say when"),
        (record("WARC-Target-URI: https://a.test/x", "WARC-Date: soon", body=ANSWER), "soon"),
        (record("WARC-Target-URI: https://a.test/x", DATED), "ends too early"),
    ],
)
def test_a_broken_record_of_a_web_archive_is_one_line_and_the_others_are_read(tmp_path, broken, reason):
    pytest.importorskip("warcio")
    path = tmp_path / "a.warc"
    sound = [record(f"WARC-Target-URI: https://a.test/{n}", DATED, body=ANSWER) for n in (1, 2)]
    path.write_bytes(sound[0] + broken + sound[1])
    report = Report()
    found = [story.url for story in read_file(path, report)]

    assert ["https://a.test/1", "https://a.test/2"] == found
    assert [True] == [reason in line for line in report.failed]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (GERMAN, "utf-8"),
        (GERMAN, "utf-8-sig"),
        (GERMAN, "utf-16"),
        (GERMAN, "cp1252"),
        (GERMAN.replace("–", "-").replace("„", '"').replace("“", '"'), "latin-1"),
        (UKRAINIAN, "cp1251"),
        (UKRAINIAN, "utf-16"),
    ],
)
def test_a_text_file_is_read_in_the_encoding_that_it_was_written_in(tmp_path, text, encoding):
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode(encoding))
    report = Report()

    assert [text] == [story.text for story in read_file(path, report)]
    assert [] == report.failed


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.txt", bytes(range(256)), "no text"),
        ("a.txt", bytes(range(1, 128)), "no text"),
        ("a.txt", GERMAN.encode("utf-16-le"), "no text"),
        ("a.txt", (GERMAN + "\ufffd" * 9).encode(), "encoding"),
        ("a.jsonl", b'{"text": "' + b"\\u0000\\u0001" * 9 + b'"}', "no text"),
        ("a.jsonl", ('{"text": "' + GERMAN + "\ufffd" * 9 + '"}').encode(), "encoding"),
        ("a.jsonl", ('{"text": "' + GERMAN + '"}').encode("cp1252"), "decode"),
    ],
)
def test_what_is_no_readable_text_is_one_line_with_a_reason(tmp_path, name, data, reason):
    path = tmp_path / name
    path.write_bytes(data)
    report = Report()

    assert [] == list(read_file(path, report))
    assert [True] == [reason in line for line in report.failed]


def test_a_sign_that_an_old_editor_left_costs_no_text(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(GERMAN + "\x1a")

    assert 1 == len(list(read_file(path, Report())))
