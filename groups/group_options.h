// What the state machine goes by of a group's options.
#ifndef EVLOG_GROUPS_GROUP_OPTIONS_H_
#define EVLOG_GROUPS_GROUP_OPTIONS_H_

#include "evlog/group_options.h"
#include "groups/pending.h"

namespace evlog {

PendingPolicy PolicyOf(const GroupOptions& options);

}  // namespace evlog

#endif  // EVLOG_GROUPS_GROUP_OPTIONS_H_
