import json

import pytest

from drivers.redcap import ImportProblem, RedcapRejected
from drivers.redcap.errors import error_text, import_problems

FORMAT = (
    "The value you provided could not be validated because it does not follow the expected "
    "format. Please try again."
)


def test_csv_lines_inside_json_become_problems() -> None:
    lines = f'"4002","depth_mm","deep","{FORMAT}"\n"4003","side","","The value is not a category"'
    text = error_text(json.dumps({"error": lines}))

    assert text is not None
    assert import_problems(text) == (
        ImportProblem("4002", "depth_mm", "deep", FORMAT),
        ImportProblem("4003", "side", "", "The value is not a category"),
    )


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('"1","f","a, b","no"', ImportProblem("1", "f", "a, b", "no")),
        ('"1","f","a ""b""","no"', ImportProblem("1", "f", 'a "b"', "no")),
        ('"1","f","a \\"b\\"","no"', ImportProblem("1", "f", 'a "b"', "no")),
        ('"1","f","a\nb","no"', ImportProblem("1", "f", "a\nb", "no")),
        ('"1","f","no such field"', ImportProblem("1", "f", "", "no such field")),
        ('"1","f","v","The value is n', ImportProblem("1", "f", "v", "The value is n")),
        ('"1","f","v","', ImportProblem("1", "f", "v", "(the message was cut off)")),
        ('"1","f', ImportProblem("", "", "", "1, f")),
        (
            "The following fields were not found in the project as real data fields: a, b, c, d",
            ImportProblem(
                "",
                "",
                "",
                "The following fields were not found in the project as real data fields: "
                "a, b, c, d",
            ),
        ),
        ("", ImportProblem("", "", "", "it gave no reason")),
    ],
)
def test_one_line(line: str, problem: ImportProblem) -> None:
    assert import_problems(line) == (problem,)


def test_a_monstrous_line_is_still_told() -> None:
    problems = import_problems('"1","f","' + "x" * 200_000)
    assert len(problems) == 1
    assert problems[0].message.startswith('"1","f","x')


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ('{"error":"a \\"quoted\\" word"}', 'a "quoted" word'),
        ('{"error":"cut off in the mid', "cut off in the mid"),
        ('{"error":"line one\nline two', "line one\nline two"),
        ('{"error":"cut after a backslash \\', "cut after a backslash "),
        ('{"error":"cut in an escape \\u00', "cut in an escape \\u00"),
        ('{"error":"no JSON escape \\x41', "no JSON escape \\x41"),
        ("[1, 2]", None),
        ('{"count": 3}', None),
        ("<html>down for maintenance</html>", None),
        ("", None),
    ],
)
def test_error_text(body: str, text: str | None) -> None:
    assert error_text(body) == text


def test_the_message_says_where_and_what_to_do_and_is_not_endless() -> None:
    problems = tuple(ImportProblem("DEMO-1", f"f{n}", "v", "is bad") for n in range(40))
    message = str(RedcapRejected(problems))

    assert "record DEMO-1, field f0: is bad" in message
    assert "and 35 more" in message
    assert "f5" not in message
    assert "data dictionary" in message
