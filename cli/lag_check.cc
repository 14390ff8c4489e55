#include "cli/lag_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "cli/encode.h"
#include "cli/group_report.h"

namespace evlog::cli {
namespace {

// A bar would end the text, so it becomes an underscore; names keep to one line anyway.
std::string WithoutBars(std::string text) {
  std::replace(text.begin(), text.end(), '|', '_');
  return text;
}

std::string PlainWord(std::string_view bytes) { return WithoutBars(Word(bytes)); }

// A label of performance data: quotes are doubled, and `=` has a meaning of its own.
std::string Label(std::string_view stream, std::string_view group, const char* what) {
  std::string name;
  AppendEscaped(stream, &name);
  name.push_back('/');
  AppendEscaped(group, &name);
  std::string label = "'";
  for (const char c : WithoutBars(std::move(name))) {
    if (c == '\'') label.push_back('\'');
    label.push_back(c == '=' ? '_' : c);
  }
  return label + " " + what + "'";
}

template <typename T>
bool Above(const T& value, const std::optional<T>& threshold) {
  return threshold.has_value() && value > *threshold;
}

// Without lag there is no age.
ExitCode CodeOf(const GroupDescription& group, const LagThresholds& thresholds) {
  const absl::Duration age = group.lag == 0 ? absl::ZeroDuration() : group.lag_age;
  if (Above(group.lag, thresholds.crit) || Above(age, thresholds.age_crit)) {
    return ExitCode::kCritical;
  }
  if (Above(group.lag, thresholds.warn) || Above(age, thresholds.age_warn)) {
    return ExitCode::kWarning;
  }
  return ExitCode::kOk;
}

const char* NameOf(ExitCode code) {
  if (code == ExitCode::kCritical) return "CRITICAL";
  return code == ExitCode::kWarning ? "WARNING" : "OK";
}

template <typename T>
std::string OrNothing(const std::optional<T>& number) {
  return number.has_value() ? fmt::format("{}", *number) : "";
}

std::string Seconds(const std::optional<absl::Duration>& span) {
  return span.has_value() ? fmt::format("{}", absl::ToDoubleSeconds(*span)) : "";
}

void AppendPerformance(std::string_view stream, const GroupDescription& group,
                       const LagThresholds& thresholds, std::string* out) {
  const absl::Duration age = group.lag == 0 ? absl::ZeroDuration() : group.lag_age;
  fmt::format_to(std::back_inserter(*out), " {}={};{};{};0 {}={:.3f}s;{};{};0",
                 Label(stream, group.name, "lag"), group.lag, OrNothing(thresholds.warn),
                 OrNothing(thresholds.crit), Label(stream, group.name, "age"),
                 absl::ToDoubleSeconds(age), Seconds(thresholds.age_warn),
                 Seconds(thresholds.age_crit));
}

}  // namespace

LagFinding JudgeLag(std::string_view stream, const std::vector<GroupDescription>& groups,
                    const LagThresholds& thresholds) {
  ExitCode worst = ExitCode::kOk;
  for (const GroupDescription& group : groups) {
    worst = std::max(worst, CodeOf(group, thresholds));
  }
  // Those that made it so; of many that are all well, only how many they are.
  std::string text;
  if (worst == ExitCode::kOk && groups.size() > 1) {
    text = fmt::format("{}: {} groups", PlainWord(stream), Grouped(groups.size()));
  } else {
    for (const GroupDescription& group : groups) {
      if (CodeOf(group, thresholds) != worst) continue;
      if (!text.empty()) text += "; ";
      text += PlainWord(stream) + "/" + PlainWord(group.name) + ": " + LagText(group);
    }
  }
  std::string performance;
  for (const GroupDescription& group : groups) {
    AppendPerformance(stream, group, thresholds, &performance);
  }
  return {worst, fmt::format("LAG {} - {} |{}", NameOf(worst), text, performance)};
}

std::string UnknownLagLine(std::string_view why) {
  std::string text(why);
  std::replace(text.begin(), text.end(), '\n', ' ');
  return "LAG UNKNOWN - " + WithoutBars(std::move(text));
}

}  // namespace evlog::cli
