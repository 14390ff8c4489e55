// Bytes as text: for people (quoted where a terminal or a reader would stumble), and as JSON.
#ifndef EVLOG_CLI_ENCODE_H_
#define EVLOG_CLI_ENCODE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "evlog/entry_id.h"

namespace evlog::cli {

// Well-formed.
bool IsUtf8(std::string_view bytes);

// One word for people: as it is when that is unambiguous, else in double quotes, with `\"`, `\\`,
// `\n`, `\t`, `\r` and `\xNN` for bytes that are no printable UTF-8. Empty gives `""`.
void AppendWord(std::string_view bytes, std::string* out);

std::string Word(std::string_view bytes);

// As AppendWord inside its quotes, without them: for a line of its own, spaces stay as they are.
void AppendEscaped(std::string_view bytes, std::string* out);

// A JSON string with its quotes. `utf8` must be well-formed.
void AppendJsonString(std::string_view utf8, std::string* out);

// Any bytes as JSON: a string when they are UTF-8, else the object `{"base64":"..."}`.
void AppendJsonBytes(std::string_view bytes, std::string* out);

void AppendNumber(uint64_t number, std::string* out);
// `ms-seq`.
void AppendId(EntryId id, std::string* out);
// The same as JSON: a string, or null for Min(), which no entry has.
void AppendJsonId(EntryId id, std::string* out);
// The time of an id, UTC, RFC 3339 with milliseconds; the bare milliseconds past the year 9999.
void AppendTime(EntryId id, std::string* out);
// The same form for a moment.
void AppendTime(absl::Time time, std::string* out);
std::string TimeText(absl::Time time);

// `1234567` as `1,234,567`.
std::string Grouped(uint64_t number);
// `1 entry`, `1,200 entries`.
std::string CountText(uint64_t count, std::string_view one, std::string_view many);
// `6.9 MB`: powers of ten.
std::string HumanBytes(uint64_t bytes);
// `1.6 M/s`. A span of nothing gives the count itself.
std::string HumanRate(uint64_t count, absl::Duration span);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_ENCODE_H_
