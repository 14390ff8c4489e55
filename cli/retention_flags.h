// What to keep of a stream, as flags: `trim`, `create` and `alter` share them.
#ifndef EVLOG_CLI_RETENTION_FLAGS_H_
#define EVLOG_CLI_RETENTION_FLAGS_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "evlog/trim.h"

namespace CLI {
class App;
}

namespace evlog::cli {

// The flags as text; Apply judges them.
struct RetentionFlags {
  std::optional<std::string> max_entries;
  std::optional<std::string> max_bytes;
  std::optional<std::string> max_age;
  std::optional<std::string> min_id;
  bool approx = false;
  bool exact = false;

  // `change`: they alter what a stream has, so each may be `none`, and --exact takes --approx back.
  void AddTo(CLI::App* app, bool change);

  // Whether any bound is among them.
  bool bounded() const { return max_entries || max_bytes || max_age || min_id; }
  bool given() const { return bounded() || approx || exact; }
  // Whether they may give up entries that a stream keeps so far.
  bool tightens() const;

  // Puts what was given on `*keep`; the rest of it stays. Errors: INVALID_ARGUMENT naming the flag.
  absl::Status Apply(Retention* keep) const;

 private:
  bool change_ = false;
};

// For people, in words that are flags without their dashes: `max-entries=1000 max-age=7d approx`;
// `everything` when nothing is ever trimmed.
std::string RetentionText(const Retention& keep);

// A JSON object, or `null` when nothing is ever trimmed.
void AppendRetentionJson(const Retention& keep, std::string* out);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_RETENTION_FLAGS_H_
