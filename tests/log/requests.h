// Requests as the log makes them of batches, for tests of the parts that take them.
#ifndef EVLOG_TESTS_LOG_REQUESTS_H_
#define EVLOG_TESTS_LOG_REQUESTS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "evlog/batch.h"
#include "log/batch_data.h"
#include "log/request.h"
#include "log/sequencer.h"

namespace evlog {

inline std::shared_ptr<StreamState> MakeStream(uint32_t partitions = 1,
                                               Durability durability = Durability::kOs,
                                               uint64_t id = 1) {
  StreamOptions options;
  options.partitions = partitions;
  options.durability = durability;
  return std::make_shared<StreamState>(StreamId(id), 0, "s" + std::to_string(id), options);
}

// Partitions that were never trimmed.
inline std::vector<PartitionState> StatesOf(const std::vector<PartitionTail>& tails) {
  std::vector<PartitionState> states(tails.size());
  for (size_t i = 0; i < tails.size(); ++i) states[i].tail = tails[i];
  return states;
}

// An entry to append.
struct Draft {
  std::string value;
  std::optional<std::string> key;
  std::optional<EntryId> id;
};

inline Batch BatchOf(const std::vector<Draft>& drafts) {
  Batch batch;
  for (const Draft& draft : drafts) {
    Batch::EntryOptions options;
    if (draft.key) options.key = *draft.key;
    options.id = draft.id;
    batch.Add({{"v", draft.value}}, options).IgnoreError();  // CheckLimits would find it
  }
  return batch;
}

inline absl::StatusOr<std::unique_ptr<Request>> MakeRequest(
    const std::shared_ptr<StreamState>& stream, Batch batch,
    Durability durability = Durability::kOs) {
  internal::BatchData data = internal::BatchData::Take(std::move(batch));
  if (absl::Status status = data.CheckLimits(Limits()); !status.ok()) return status;
  auto request = std::make_unique<Request>();
  request->durability = durability;
  request->bytes = data.bytes();
  if (absl::Status status = PrepareAppend(stream, std::move(data), request.get()); !status.ok()) {
    return status;
  }
  return request;
}

inline absl::StatusOr<std::unique_ptr<Request>> MakeRequest(
    const std::shared_ptr<StreamState>& stream, const std::vector<Draft>& drafts,
    Durability durability = Durability::kOs) {
  return MakeRequest(stream, BatchOf(drafts), durability);
}

inline std::vector<Draft> Values(const std::vector<std::string>& values) {
  std::vector<Draft> drafts;
  for (const std::string& value : values) drafts.push_back({value, {}, {}});
  return drafts;
}

}  // namespace evlog

#endif  // EVLOG_TESTS_LOG_REQUESTS_H_
