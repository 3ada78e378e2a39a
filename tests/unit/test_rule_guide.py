"""The example of the guide works as it stands."""

import re
from pathlib import Path

from tests.contracts.test_rules import evidence
from upturn.rules import registry
from upturn.rules.evidence import SignalShare

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "add-a-rule.md"


def test_the_rule_in_the_guide_is_heard_on_what_it_looks_for(monkeypatch):
    monkeypatch.setattr(registry, "_registered", dict(registry._registered))
    (source,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    names = {"__name__": "upturn.rules.unhappy_after_handover"}
    exec(compile(source, str(GUIDE), "exec"), names)  # noqa: S102 - the documentation is the code under test
    shares = {"user_frustrated": SignalShare(0.8, 0.4, 0.1, 40), "escalated_unasked": SignalShare(0.9, 0.5, 0.1, 45)}
    rule = registry.rules()["unhappy_after_handover"]
    found = rule.look(evidence(signals=shares))
    assert found.title == "Anger at the handover: refund status"
    assert rule.look(evidence(signals={})) is None
