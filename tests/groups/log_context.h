// A log as groups see it, for tests that have no EventLog.
#ifndef EVLOG_TESTS_GROUPS_LOG_CONTEXT_H_
#define EVLOG_TESTS_GROUPS_LOG_CONTEXT_H_

#include <memory>
#include <string_view>
#include <utility>

#include "groups/loaded_group.h"
#include "log/base/status.h"
#include "log/log.h"

namespace evlog {

inline GroupContext ContextOf(Log* log, Clock* clock) {
  const auto open = [log](uint8_t database, std::string_view name,
                          Durability durability) -> absl::StatusOr<std::shared_ptr<StreamState>> {
    ASSIGN_OR_RETURN(Catalog::Found opened,
                     log->catalog().FindOrCreate(database, name, {.durability = durability}));
    return std::move(opened.stream);
  };
  return GroupContext{&log->store(), &log->committer(), clock, open};
}

}  // namespace evlog

#endif  // EVLOG_TESTS_GROUPS_LOG_CONTEXT_H_
