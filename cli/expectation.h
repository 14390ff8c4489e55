// `append --expect`: what must be true of the stream, and what is said where it is not.
#ifndef EVLOG_CLI_EXPECTATION_H_
#define EVLOG_CLI_EXPECTATION_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "evlog/expect.h"

namespace evlog::cli {

// `none`, `o:OFFSET` or an id `ms-seq`. Errors: INVALID_ARGUMENT.
absl::StatusOr<Expect> ParseExpectation(std::string_view text);

// The same error, and where the stream stands, in words that --expect takes.
absl::Status ExplainConflict(const absl::Status& status, const Conflict& conflict);

// `{"conflict":{"partition":0,"next_offset":7,"last_id":"5-1","last_sequence":null}}`;
// docs/json-output.md.
void AppendConflictJson(const Conflict& conflict, std::string* out);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_EXPECTATION_H_
