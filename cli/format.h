// How entries are written to stdout: text, json, raw, or a template of the user's.
#ifndef EVLOG_CLI_FORMAT_H_
#define EVLOG_CLI_FORMAT_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "cli/origin.h"
#include "evlog/entry.h"

namespace evlog::cli {

// Writes one entry a record. Stateless; any number of threads may use one.
class Formatter {
 public:
  virtual ~Formatter() = default;
  // Appends the entry and the end of its record.
  virtual void Append(const EntryView& entry, const Origin& origin, std::string* out) const = 0;
};

struct FormatOptions {
  // `text`, `json`, `raw`, or a template, which has a brace in it.
  std::string format = "text";
  // What ends a record: a newline, or with -0 a zero byte.
  char terminator = '\n';
  // Entries of many streams: each record but one of a template names its stream, `json` also its
  // position.
  bool many = false;
};

// Errors: INVALID_ARGUMENT for an unknown name, a template that does not parse, or one that wants
// positions where there are none.
absl::StatusOr<std::unique_ptr<const Formatter>> MakeFormatter(const FormatOptions& options);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_FORMAT_H_
