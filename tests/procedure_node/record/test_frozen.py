"""What the record says of all that was frozen."""

from typing import Any

from dosimetry_core.values import Modality
from procedure_node.events import Band, FrozenTotal, ProbeAssigned
from procedure_node.record.forms.procedure import FROZEN, procedure_rows
from procedure_node.record.identity import Tokens
from procedure_node.record.values import NotApplicable, Unknown
from procedure_node.rules import wanted_frozen_total


def values(story: Any) -> Any:
    (row,) = procedure_rows(story.state.procedure, Tokens("P1"), "1")
    return row[FROZEN.name].values


def test_the_total_of_the_procedure_or_why_it_is_not_known(
    story_of: Any, demonstration: Any
) -> None:
    story = story_of(demonstration)
    story.opened().drawn(L2=10.0).allocated("L2", Modality.CRYO)
    assert isinstance(values(story)["pro_frozen_cc"], NotApplicable)
    story.tell(ProbeAssigned(device="console-1", probe=1, lesion="L2", zone="WHOLE"))
    story.read("FREEZE", [-120.0] * 3).after(minutes=1).read("OFF", [-60.0, -50.0])
    story.scanned("1.1").iced("1.1", "L2", 90.0, 1.0)
    request, _ = wanted_frozen_total(story.state.procedure)
    told = FrozenTotal(
        request_sha256=request.sha256,
        scan_count=1,
        volume_cc=20.0,
        volume_band=Band(low=17.0, high=23.0),
    )
    known = values(story.tell(told))
    assert [known[f.name] for f in FROZEN.fields] == [20.0, 17.0, 23.0, 20.0, 1]
    unknown = values(story.after(minutes=1).scanned("1.2"))
    assert unknown["pro_frozen_cc"] == Unknown("a scan is still searched for ice")
    assert unknown["pro_frozen_at_least_cc"] == 20.0
