// Who appends to the streams of a directory, or publishes in its process.
#ifndef EVLOG_CLI_LOAD_DIRECTORY_PRODUCERS_H_
#define EVLOG_CLI_LOAD_DIRECTORY_PRODUCERS_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "cli/load/load_target.h"
#include "evlog/event_log.h"

namespace evlog::cli {

// Producer `index` of all: to each of the streams in turn, blocking, or with as many requests under
// way as the shape says.
std::unique_ptr<LoadWorker> MakeAppender(LoadContext* context, uint32_t index,
                                         std::vector<Stream> streams);

// Publisher `index` of all: to each of the channels in turn.
std::unique_ptr<LoadWorker> MakePublisher(LoadContext* context, uint32_t index, Channels* channels);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_LOAD_DIRECTORY_PRODUCERS_H_
