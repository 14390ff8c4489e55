#include "cli/load/redis_load.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "cli/load/redis_clients.h"
#include "cli/load/redis_loop.h"
#include "log/base/status.h"
#include "server/commands/setting_values.h"

namespace evlog::cli {
namespace {

std::string GroupName(uint32_t group) { return "g" + std::to_string(group); }

// Shares clients out among threads, in turn.
LoadWorkers Loops(LoadContext* context, LoadClients clients, bool producing) {
  std::vector<LoadClients> shares(std::min<size_t>(context->shape.threads, clients.size()));
  for (size_t i = 0; i != clients.size(); ++i) {
    shares[i % shares.size()].push_back(std::move(clients[i]));
  }
  LoadWorkers workers;
  for (LoadClients& share : shares) {
    workers.push_back(MakeRedisLoop(context, std::move(share), producing));
  }
  return workers;
}

class RedisLoad : public LoadTarget {
 public:
  RedisLoad(RedisPlace place, std::unique_ptr<RedisConnection> connection,
            std::unique_ptr<LogTarget> target)
      : place_(std::move(place)), connection_(std::move(connection)), target_(std::move(target)) {}

  absl::Status Prepare(const LoadShape& shape) override {
    if (shape.kind == LoadKind::kPubsub) return absl::OkStatus();
    for (const std::string& name : shape.Names()) {
      const absl::Status made = CreateStream(name, shape);
      if (absl::IsAlreadyExists(made)) return StreamExists(name);
      RETURN_IF_ERROR(made);
      made_.push_back(name);
      if (shape.kind != LoadKind::kConsume) continue;
      for (uint32_t g = 0; g != shape.groups; ++g) {
        RETURN_IF_ERROR(connection_->Call({"XGROUP", "CREATE", name, GroupName(g), "0"}).status());
      }
    }
    return absl::OkStatus();
  }

  absl::StatusOr<LoadWorkers> MakeProducers(LoadContext* context) override {
    LoadClients clients;
    for (uint32_t i = 0; i != context->shape.producers; ++i) {
      ASSIGN_OR_RETURN(std::unique_ptr<RedisConnection> connection, place_.Connect());
      clients.push_back(MakeRedisProducer(context, i, std::move(connection)));
    }
    return Loops(context, std::move(clients), /*producing=*/true);
  }

  absl::StatusOr<LoadWorkers> MakeConsumers(LoadContext* context) override {
    LoadClients clients;
    for (const std::string& name : context->shape.Names()) {
      for (uint32_t i = 0; i != context->shape.consumers; ++i) {
        RETURN_IF_ERROR(AddConsumers(context, name, i, &clients));
      }
    }
    return Loops(context, std::move(clients), /*producing=*/false);
  }

  absl::Status Finish(bool keep) override {
    for (const std::string& name : made_) {
      if (!keep) RETURN_IF_ERROR(connection_->Call({"DEL", name}).status());
    }
    return absl::OkStatus();
  }

 private:
  absl::Status CreateStream(const std::string& name, const LoadShape& shape) {
    if (!shape.partitions && !shape.durability && shape.keys == 0) {
      return target_->CreateStream(name, {});
    }
    RedisCommand command = {"EVLOG", "CREATE", name};
    if (shape.partitions) {
      command.insert(command.end(), {"partitions", std::to_string(*shape.partitions)});
    }
    if (shape.durability) {
      command.insert(command.end(),
                     {"durability", std::string(server::ShowDurability(*shape.durability))});
    }
    const absl::Status made = connection_->Call(command).status();
    if (!absl::IsUnimplemented(made)) return made;
    return InvalidArgument(
        "{} is no evlog server: --partitions, --durability and --keys are not for others",
        connection_->server());
  }

  // The i-th of one stream or channel; of groups, that of each.
  absl::Status AddConsumers(LoadContext* context, const std::string& name, uint32_t i,
                            LoadClients* clients) {
    const bool groups = context->shape.kind == LoadKind::kConsume;
    for (uint32_t g = 0; g != (groups ? context->shape.groups : 1); ++g) {
      ASSIGN_OR_RETURN(std::unique_ptr<RedisConnection> connection, place_.Connect());
      if (groups) {
        clients->push_back(MakeRedisConsumer(context, name, GroupName(g), "c" + std::to_string(i),
                                             std::move(connection)));
      } else if (context->shape.kind == LoadKind::kRead) {
        clients->push_back(MakeRedisReader(context, name, std::move(connection)));
      } else {
        RETURN_IF_ERROR(connection->Call({"SUBSCRIBE", name}).status());
        clients->push_back(MakeRedisSubscriber(context, std::move(connection)));
      }
    }
    return absl::OkStatus();
  }

  const RedisPlace place_;
  const std::unique_ptr<RedisConnection> connection_;
  const std::unique_ptr<LogTarget> target_;
  std::vector<std::string> made_;  // streams, by this run
};

}  // namespace

absl::StatusOr<std::unique_ptr<LoadTarget>> MakeRedisLoad(RedisPlace place) {
  ASSIGN_OR_RETURN(std::unique_ptr<RedisConnection> connection, place.Connect());
  ASSIGN_OR_RETURN(std::unique_ptr<LogTarget> target, MakeRedisTarget(place));
  return std::make_unique<RedisLoad>(std::move(place), std::move(connection), std::move(target));
}

}  // namespace evlog::cli
