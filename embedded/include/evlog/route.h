// Routes: what is published to a channel becomes an entry of a stream.
#ifndef EVLOG_ROUTE_H_
#define EVLOG_ROUTE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"

namespace evlog {

// A standing rule of a log: it is there again after the log was closed and opened. It works in the
// process that owns the log, on what goes through EventLog::channels(); sharded channels have no
// routes.
struct Route {
  enum class Fields : uint8_t {  // on disk: never renumber
    kMessage = 0,                // two fields: `channel` and `payload`
    kPayload = 1,                // one field, `payload`
    // A field for each member of the JSON object that the payload is, in their order: strings as
    // they are, other values as JSON. Other payloads are refused: INVALID_ARGUMENT. Of members
    // whose name repeats, each is a field, and the last one the key.
    kJson = 2,
  };
  enum class Key : uint8_t {  // on disk: never renumber
    kNone = 0,                // messages go round robin over the partitions
    kChannel = 1,             // messages of a channel stay in order
    kField = 2,               // the value of `key_field`; none where there is no such field
  };

  std::string pattern;  // of channels; Redis glob
  std::string stream;   // made with default options when a message comes and it is not there
  Fields fields = Fields::kMessage;
  Key key = Key::kChannel;
  std::string key_field = {};
  // Whether subscribers of the channel still get the message, after it was appended. Where several
  // routes match, all must say so.
  bool live = true;

  friend bool operator==(const Route&, const Route&) = default;

  // INVALID_ARGUMENT naming the field that is out of its range.
  absl::Status Validate() const;
};

}  // namespace evlog

#endif  // EVLOG_ROUTE_H_
