// What a Group handle refers to.
#ifndef EVLOG_EMBEDDED_GROUP_IMPL_H_
#define EVLOG_EMBEDDED_GROUP_IMPL_H_

#include <memory>
#include <string>

#include "embedded/log_groups.h"
#include "evlog/group.h"
#include "groups/loaded_group.h"
#include "log/log.h"

namespace evlog {

// It outlives its log, as a stream's does (embedded/stream_impl.h).
class Group::Impl {
 public:
  std::string name;
  std::string stream;
  std::weak_ptr<Log> log;
  std::weak_ptr<LogGroups> groups;
  std::shared_ptr<LoadedGroup> group;
};

}  // namespace evlog

#endif  // EVLOG_EMBEDDED_GROUP_IMPL_H_
