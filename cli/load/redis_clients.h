// What connections of the load generator send to a server, and what they make of its replies.
#ifndef EVLOG_CLI_LOAD_REDIS_CLIENTS_H_
#define EVLOG_CLI_LOAD_REDIS_CLIENTS_H_

#include <cstdint>
#include <memory>
#include <string>

#include "cli/load/redis_loop.h"

namespace evlog::cli {

// Producer `index` of all: XADD, or PUBLISH, to each stream or channel in turn.
std::unique_ptr<LoadClient> MakeRedisProducer(LoadContext* context, uint32_t index,
                                              std::unique_ptr<RedisConnection> connection);

// XREAD, from the first entry on.
std::unique_ptr<LoadClient> MakeRedisReader(LoadContext* context, const std::string& stream,
                                            std::unique_ptr<RedisConnection> connection);

// XREADGROUP, and XACK of what came with the next one.
std::unique_ptr<LoadClient> MakeRedisConsumer(LoadContext* context, const std::string& stream,
                                              const std::string& group, const std::string& consumer,
                                              std::unique_ptr<RedisConnection> connection);

// Of a connection that has subscribed.
std::unique_ptr<LoadClient> MakeRedisSubscriber(LoadContext* context,
                                                std::unique_ptr<RedisConnection> connection);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_LOAD_REDIS_CLIENTS_H_
