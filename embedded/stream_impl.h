// What a Stream handle refers to.
#ifndef EVLOG_EMBEDDED_STREAM_IMPL_H_
#define EVLOG_EMBEDDED_STREAM_IMPL_H_

#include <memory>
#include <string>

#include "embedded/log_groups.h"
#include "evlog/stream.h"
#include "log/log.h"

namespace evlog {

// A stream that outlives its log finds it closed: it owns the stream's state, and of the log only
// as much as lets it ask whether it is still there.
class Stream::Impl {
 public:
  std::string name;
  std::weak_ptr<Log> log;
  std::weak_ptr<LogGroups> groups;
  std::shared_ptr<StreamState> state;
};

}  // namespace evlog

#endif  // EVLOG_EMBEDDED_STREAM_IMPL_H_
