from procedure_node.commands import COMMANDS, command_form


def fields(name: str, **suggestions: tuple[str, ...]):
    return {field.name: field for field in command_form(name, suggestions).fields}


def test_every_command_has_a_form_and_none_asks_who_gives_it() -> None:
    for name, model in COMMANDS.items():
        form = command_form(name, {})
        assert form.help
        assert {field.name for field in form.fields} == set(model.model_fields) - {"by"}


def test_a_field_says_how_it_is_written() -> None:
    seeds = fields("report-seeds")
    kinds = {name: field.kind for name, field in seeds.items()}
    assert kinds["count"] == "whole"
    assert kinds["strength_u"] == "number"
    assert kinds["strength_reference_date"] == "date"
    assert kinds["needle"] == "text"
    assert not seeds["needle"].required
    assert seeds["zone"].choices == ("WHOLE", "CORE", "PERIPHERY", "HIGH_RISK_MARGIN")
    assert (seeds["zone"].kind, seeds["zone"].default) == ("choice", "WHOLE")
    assert fields("assign-probe")["tip_mm"].kind == "point"
    grade = fields("adverse-event")["grade"]
    assert (grade.kind, grade.choices) == ("whole", ("0", "1", "2", "3", "4", "5"))


def test_what_makes_sense_now_is_suggested_and_does_not_bind() -> None:
    lesion = fields("allocate", lesion=("L1", "L2"))["lesion"]
    assert (lesion.kind, lesion.choices, lesion.required) == ("text", ("L1", "L2"), True)
