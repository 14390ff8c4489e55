// A line format of the user's own: `--format '{time} {key} {field:line}'`.
//
//   {id} {offset} {partition}   as numbers; {id} is ms-seq
//   {key}                       the key's bytes; nothing for an entry without one
//   {stream}                    the name of its stream, byte by byte
//   {position}                  the place after it in commit order
//   {time}                      the time in the id, UTC, RFC 3339 with milliseconds
//   {field:NAME}                the value of the first field of that name; nothing without one
//   {fields}                    all fields, name=value, as in the text format
//   {{ }}                       a brace
//   \t \n \r \0 \\ \{ \}        a tab, newline, carriage return, zero byte, backslash, brace
//
// Values are written as they are, byte by byte; `{fields}` alone quotes.
#ifndef EVLOG_CLI_TEMPLATE_H_
#define EVLOG_CLI_TEMPLATE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/origin.h"
#include "evlog/entry.h"

namespace evlog::cli {

class Template {
 public:
  // Errors: INVALID_ARGUMENT that names the column (from 1, in bytes) and what is wrong there.
  static absl::StatusOr<Template> Parse(std::string_view text);

  // Appends `entry` in this format. The end of the line is the caller's.
  void Append(const EntryView& entry, const Origin& origin, std::string* out) const;

  // Whether {position} is in it.
  bool has_position() const;

 private:
  enum class Kind : uint8_t {
    kText,
    kId,
    kOffset,
    kPartition,
    kKey,
    kStream,
    kPosition,
    kTime,
    kField,
    kFields
  };
  struct Part {
    Kind kind;
    std::string text;  // kText: the bytes; kField: the name
  };
  friend class TemplateParser;

  std::vector<Part> parts_;
};

// The fields of an entry for people: `name=value` pairs with a space between.
void AppendFields(const EncodedFields& fields, std::string* out);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_TEMPLATE_H_
