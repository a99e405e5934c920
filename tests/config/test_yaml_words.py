"""What is told of a text that is not YAML: where it began to be wrong, and what to do."""

import pytest

from tests.configuring import CONTRACT, changed, faults_of


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("line 2, column 4: the text in quotes that begins here does not end", 'a: 1\nb: "open\nc: 2\n'),
        ("line 2, column 4: the text in quotes that begins here does not end", "a: 1\nb: 'open\nc: 2\n"),
        ("line 1, column 8: the text in quotes that begins here does not end", 'a: {b: "x, c: 1}\nd: 2\n'),
        (
            "line 2, column 5: is a quote missing? The text in quotes before this begins in line 1, column 4",
            'a: "open\nb: "closed"\nc: 3\n',
        ),
        (
            (
                "line 1, column 8: this follows a text in quotes: write a quote inside of it twice ('') or with a"
                ' backslash (\\")'
            ),
            "a: 'It's here'\nb: 1\n",
        ),
        (
            (
                "line 1, column 12: this follows a text in quotes: put a comma between, or write a quote inside of it"
                " twice ('') or with a backslash (\\\")"
            ),
            'a: {b: "x" c: 1}\n',
        ),
        (
            "line 3, column 3: this is indented otherwise than what it belongs to, which begins in line 1, column 1",
            "kafka:\n    brokers: a\n  topic_prefix: b\n",
        ),
        (
            "line 3, column 4: this is indented otherwise than what it belongs to, which begins in line 2, column 3",
            "jobs:\n  - name: a\n   kind: b\n",
        ),
        (
            "line 3, column 3: this is indented otherwise than what it belongs to, which begins in line 2, column 3",
            "jobs:\n  name: a\n  - kind: b\n",
        ),
        (
            (
                "line 3, column 10: mapping values are not allowed here; quote a text that holds ': ', or mend the"
                " indentation"
            ),
            "jobs:\n  - name: a\n     kind: b\n",
        ),
        (
            (
                "line 1, column 9: mapping values are not allowed here; quote a text that holds ': ', or mend the"
                " indentation"
            ),
            "text: Hi: there\n",
        ),
        ("line 2, column 1: this is no key: ': ', with a space, must follow it", "b: 2\na:1\n"),
        (
            "line 3, column 2: expected ',' or '}', but got ':'; the { in line 1, column 4 is not closed before",
            "a: {\nb: 1\nc: 3",
        ),
        (
            (
                "line 1, column 6: found unknown escape character 'd'; in double quotes \\ begins an escape: write"
                " \\\\, or use single quotes"
            ),
            'a: "\\d+"\n',
        ),
        ("line 1, column 4: found character '@' that cannot start any token; quote a text that begins so", "a: @b\n"),
        ("line 2, column 1: a second document (---) begins here, where the file must be one", "a: 1\n---\nb: 2\n"),
        ("line 2, column 4: this anchor (&) is there before, in line 1, column 4", "a: &x 1\nb: &x 2\n"),
        (
            (
                "line 1, column 13: expected <block end>, but found '<scalar>'; a text that begins with {{ or [ must be"
                " quoted"
            ),
            "a: {{name}} hi\n",
        ),
    ],
)
def test_a_text_that_is_no_yaml_is_told_of_with_what_to_do(expected: str, text: str) -> None:
    assert faults_of(text) == [f"jobs.yaml: {expected}"]


def test_a_token_without_quotes_is_recognised() -> None:
    fault = "jobs[0].label: a key must be a text, not a list or a mapping; a text that begins with {{ must be quoted"
    assert fault in faults_of(changed("label: VIP customers to Infobip", "label: {{name}}"))


def test_in_a_long_file_a_fault_names_its_job() -> None:
    """Nobody counts to seventeen; of a few jobs the number says which."""
    job = "  - {{name: {}, kind: import_contacts, authorization: main, every_seconds: {}}}\n"
    few = CONTRACT + "".join(job.format(f"job-{number}", 0) for number in range(4))
    assert faults_of(few)[0] == "jobs[1].every_seconds: must be more than 0, not 0"
    many = CONTRACT + "".join(job.format(f"job-{number}", int(number != 7)) for number in range(9))
    assert faults_of(many) == ["jobs[8].every_seconds: must be more than 0, not 0 (job 'job-7', line 34)"]
    nameless = many.replace("name: job-7, ", "")
    assert "jobs[8].name: is missing (line 34)" in faults_of(nameless)
