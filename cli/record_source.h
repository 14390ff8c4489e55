// Records to append, out of lines, JSON lines or CSV.
#ifndef EVLOG_CLI_RECORD_SOURCE_H_
#define EVLOG_CLI_RECORD_SOURCE_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/input.h"
#include "evlog/entry.h"

namespace evlog::cli {

// Cuts an input into records, each the fields of one entry. Not thread-safe.
class RecordSource {
 public:
  virtual ~RecordSource() = default;

  // The next record, or false at the end. What `*fields` refers to is valid until the next call.
  // Errors: INVALID_ARGUMENT for a malformed record, of which `line()` is the place; those of the
  // input. After an error the source is of no more use.
  virtual absl::StatusOr<bool> Next(std::vector<FieldView>* fields) = 0;

  // The line (from 1) at which the record of the last Next, good or malformed, begins.
  uint64_t line() const { return line_; }

 protected:
  uint64_t line_ = 0;
};

enum class RecordFormat : uint8_t { kLines, kJsonLines, kCsv };

// A line is an entry with the one field `line`: the bytes before the newline, and nothing but them.
// A last line without a newline counts.
std::unique_ptr<RecordSource> MakeLinesSource(Input* input);

// A line is one JSON object; its members are the fields, in their order, also when a name repeats.
// Strings are stored as they are (unescaped), numbers, true, false and null as their JSON text,
// arrays and objects as compact JSON. Blank lines are skipped.
std::unique_ptr<RecordSource> MakeJsonLinesSource(Input* input);

// RFC 4180: the first record names the fields, each further one is an entry. Quoted values may hold
// commas, newlines and doubled quotes; lines end with LF or CRLF; a byte-order mark is skipped, and
// so are blank lines unless there is only one column. Every record has as many values as the
// header.
std::unique_ptr<RecordSource> MakeCsvSource(Input* input);

std::unique_ptr<RecordSource> MakeRecordSource(RecordFormat format, Input* input);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_RECORD_SOURCE_H_
