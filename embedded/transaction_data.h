// What a Transaction collects.
#ifndef EVLOG_EMBEDDED_TRANSACTION_DATA_H_
#define EVLOG_EMBEDDED_TRANSACTION_DATA_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "embedded/stream_impl.h"
#include "evlog/transaction.h"
#include "groups/joint_commit.h"
#include "log/log.h"

namespace evlog {

struct Transaction::Work : Log::StreamWork {};

struct Transaction::Change {
  std::string space;
  std::string key;
  std::optional<std::string> value;  // nullopt: deleted
};

struct Transaction::Data {
  // Of equal length.
  std::vector<Work> work;
  std::vector<std::shared_ptr<Stream::Impl>> streams;
  std::vector<bool> appends;  // whether the caller is told its result

  std::vector<Change> changes;

  // Of equal length.
  std::vector<GroupAck> acks;
  std::vector<std::weak_ptr<Log>> ack_logs;

  void AddAck(GroupAck ack, const std::weak_ptr<Log>& log) {
    ack.number = acks.size();
    acks.push_back(std::move(ack));
    ack_logs.push_back(log);
  }
};

}  // namespace evlog

#endif  // EVLOG_EMBEDDED_TRANSACTION_DATA_H_
