// The members of a JSON object as names and values, for routes.
#ifndef EVLOG_EMBEDDED_JSON_MEMBERS_H_
#define EVLOG_EMBEDDED_JSON_MEMBERS_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace evlog {

// Names and values in their order, also those whose name repeats. Strings are as they are, other
// values as JSON without spaces. Takes no recursion, however deep the text nests, and time in
// proportion to its length.
//
// Errors: INVALID_ARGUMENT (not one JSON object, or a number past a double).
absl::StatusOr<std::vector<std::pair<std::string, std::string>>> ReadJsonMembers(
    std::string_view text);

}  // namespace evlog

#endif  // EVLOG_EMBEDDED_JSON_MEMBERS_H_
