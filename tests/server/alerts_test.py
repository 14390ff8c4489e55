"""docs/alerts.yml is a file of Prometheus rules: its shape, as far as it can be told without
promtool. Without python3-yaml it is skipped."""
import re
import sys

try:
    import yaml
except ImportError:
    print("no python3-yaml here")
    sys.exit(77)

with open(sys.argv[1]) as file:
    rules = yaml.safe_load(file)

assert list(rules) == ["groups"], rules
names = set()
for group in rules["groups"]:
    assert group["name"] and group["rules"], group
    for rule in group["rules"]:
        assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}, rule
        assert re.fullmatch(r"Evlog[A-Za-z]+", rule["alert"]), rule
        assert rule["alert"] not in names, rule
        names.add(rule["alert"])
        assert rule["labels"]["severity"] in ("page", "ticket"), rule
        assert re.fullmatch(r"\d+[smh]", rule.get("for", "1m")), rule
        assert rule["annotations"]["summary"] and rule["annotations"]["description"], rule
        expression = rule["expr"]
        for opened, closed in ("()", "{}", "[]"):
            assert expression.count(opened) == expression.count(closed), rule
print(f"{len(names)} alerts")
