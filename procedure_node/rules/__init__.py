"""Pure rules: coverage and alert conditions from a state and a time."""

from procedure_node.rules.allocation import (
    facts_for_rules,
    is_bulky,
    lesion_facts,
    proposals_of,
    undrawn_organs,
)
from procedure_node.rules.combined import combined_now
from procedure_node.rules.conduct import (
    WindowState,
    new_deviations,
    step_times,
    window_states,
)
from procedure_node.rules.coverage import assess
from procedure_node.rules.facts import is_within_error
from procedure_node.rules.freeze import cycles_of_lesion, lesions_of_probes
from procedure_node.rules.frozen_total import (
    FrozenNow,
    FrozenTotalRequest,
    IceOfScan,
    LesionCarrying,
    frozen_now,
    wanted_frozen_total,
)
from procedure_node.rules.imaged_ice import ImagedIce, imaged_ice
from procedure_node.rules.judge import Judgement, judge
from procedure_node.rules.modelled_cold import modelled_doubt
from procedure_node.rules.naming import summarise
from procedure_node.rules.needle_counts import NeedleCount, needle_counts
from procedure_node.rules.needles import (
    NeedleName,
    needle_name,
    needle_names,
    needles_before,
    seeds_along,
    withdrawn_since,
)
from procedure_node.rules.planned_seeds import plan_carriers, plan_doubt
from procedure_node.rules.prompts import prompt_term, unanswered_prompts
from procedure_node.rules.registration import (
    awaits_registration,
    frame_relation,
    is_drawn_on,
    lesion_carrying,
    place_doubt,
    planning_ct,
    registration_method,
)
from procedure_node.rules.scans import newest_received, taken_at
from procedure_node.rules.seed_coverage import (
    band_of,
    found_count,
    implanted_since,
    reported_count,
)
from procedure_node.rules.seed_edits import awaits_edits, edits_of
from procedure_node.rules.seed_identity import Departed, departed_from, seeds_in
from procedure_node.rules.seed_ledger import (
    SeedHistory,
    SeedInScan,
    SeedState,
    identified_scans,
    identity_before,
    seed_ledger,
)
from procedure_node.rules.staleness import is_stale
from procedure_node.rules.success import Success, technical_success
from procedure_node.rules.targets import is_split, parse_target, structure_of, targets_of

__all__ = [
    "Departed",
    "FrozenNow",
    "FrozenTotalRequest",
    "IceOfScan",
    "ImagedIce",
    "Judgement",
    "LesionCarrying",
    "NeedleCount",
    "NeedleName",
    "SeedHistory",
    "SeedInScan",
    "SeedState",
    "Success",
    "WindowState",
    "assess",
    "awaits_edits",
    "awaits_registration",
    "band_of",
    "combined_now",
    "cycles_of_lesion",
    "departed_from",
    "edits_of",
    "facts_for_rules",
    "found_count",
    "frame_relation",
    "frozen_now",
    "identified_scans",
    "identity_before",
    "imaged_ice",
    "implanted_since",
    "is_bulky",
    "is_drawn_on",
    "is_split",
    "is_stale",
    "is_within_error",
    "judge",
    "lesion_carrying",
    "lesion_facts",
    "lesions_of_probes",
    "modelled_doubt",
    "needle_counts",
    "needle_name",
    "needle_names",
    "needles_before",
    "new_deviations",
    "newest_received",
    "parse_target",
    "place_doubt",
    "plan_carriers",
    "plan_doubt",
    "planning_ct",
    "prompt_term",
    "proposals_of",
    "registration_method",
    "reported_count",
    "seed_ledger",
    "seeds_along",
    "seeds_in",
    "step_times",
    "structure_of",
    "summarise",
    "taken_at",
    "targets_of",
    "technical_success",
    "unanswered_prompts",
    "undrawn_organs",
    "wanted_frozen_total",
    "window_states",
    "withdrawn_since",
]
