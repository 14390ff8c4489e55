#include "cli/retention_flags.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <utility>

#include "cli/duration.h"
#include "cli/encode.h"
#include "cli/size.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

// Reads one bound by `parse` into `*bound`; `none` takes it away where that is allowed.
template <typename T, typename Parse>
absl::Status ApplyOne(const char* flag, const std::optional<std::string>& text, bool none,
                      const Parse& parse, std::optional<T>* bound) {
  if (!text.has_value()) return absl::OkStatus();
  if (none && *text == "none") {
    bound->reset();
    return absl::OkStatus();
  }
  absl::StatusOr<T> parsed = parse(*text);
  if (!parsed.ok()) return Annotate(parsed.status(), flag);
  *bound = *std::move(parsed);
  return absl::OkStatus();
}

void AppendNumberOrNull(const char* name, const std::optional<uint64_t>& number, std::string* out) {
  fmt::format_to(std::back_inserter(*out), "\"{}\":", name);
  if (number.has_value()) {
    AppendNumber(*number, out);
  } else {
    out->append("null");
  }
  out->push_back(',');
}

}  // namespace

void RetentionFlags::AddTo(CLI::App* app, bool change) {
  change_ = change;
  const std::string none = change ? ", or none" : "";
  app->add_option("--max-entries", max_entries, "Keep the newest so many entries" + none)
      ->type_name("N");
  app->add_option("--max-bytes", max_bytes,
                  "Keep the newest entries that take so much: 64kB, 10MB, 1GiB" + none)
      ->type_name("SIZE");
  app->add_option("--max-age", max_age, "Keep entries younger than this: 12h, 7d" + none)
      ->type_name("DURATION");
  app->add_option("--min-id", min_id, "Keep entries of this id and above" + none)->type_name("ID");
  app->add_flag(
      "--approx", approx,
      fmt::format("May keep up to {} entries more, which costs less", kApproximateEntries));
  if (change) app->add_flag("--exact", exact, "Not one entry more: undoes --approx");
}

bool RetentionFlags::tightens() const {
  for (const auto* bound : {&max_entries, &max_bytes, &max_age, &min_id}) {
    if (bound->has_value() && !(change_ && **bound == "none")) return true;
  }
  return exact;
}

absl::Status RetentionFlags::Apply(Retention* keep) const {
  RETURN_IF_ERROR(ApplyOne("--max-entries", max_entries, change_, ParseCount, &keep->max_entries));
  RETURN_IF_ERROR(ApplyOne("--max-bytes", max_bytes, change_, ParseSize, &keep->max_bytes));
  RETURN_IF_ERROR(ApplyOne("--max-age", max_age, change_, ParseDuration, &keep->max_age));
  const auto parse_id = [](const std::string& text) { return EntryId::Parse(text); };
  RETURN_IF_ERROR(ApplyOne("--min-id", min_id, change_, parse_id, &keep->min_id));
  if (approx && exact) return InvalidArgument("--approx and --exact exclude each other");
  if (approx) keep->exact = false;
  if (exact) keep->exact = true;
  return keep->Validate();
}

std::string RetentionText(const Retention& keep) {
  if (keep.empty()) return "everything";
  std::string text;
  const auto add = [&text](const std::string& word) {
    if (!text.empty()) text.push_back(' ');
    text.append(word);
  };
  if (keep.max_entries) add(fmt::format("max-entries={}", *keep.max_entries));
  if (keep.max_bytes) add(fmt::format("max-bytes={}", *keep.max_bytes));
  if (keep.max_age) add("max-age=" + DurationText(*keep.max_age));
  if (keep.min_id) add("min-id=" + keep.min_id->ToString());
  if (!keep.exact) add("approx");
  return text;
}

void AppendRetentionJson(const Retention& keep, std::string* out) {
  if (keep.empty()) {
    out->append("null");
    return;
  }
  out->push_back('{');
  AppendNumberOrNull("max_entries", keep.max_entries, out);
  AppendNumberOrNull("max_bytes", keep.max_bytes, out);
  std::optional<uint64_t> age_ms;
  if (keep.max_age) age_ms = static_cast<uint64_t>(absl::ToInt64Milliseconds(*keep.max_age));
  AppendNumberOrNull("max_age_ms", age_ms, out);
  out->append("\"min_id\":");
  if (keep.min_id) {
    out->push_back('"');
    AppendId(*keep.min_id, out);
    out->push_back('"');
  } else {
    out->append("null");
  }
  out->append(keep.exact ? ",\"exact\":true}" : ",\"exact\":false}");
}

}  // namespace evlog::cli
