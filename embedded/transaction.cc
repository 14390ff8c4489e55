#include "evlog/transaction.h"

#include <utility>

#include "embedded/group_impl.h"
#include "embedded/transaction_data.h"
#include "log/base/status.h"

namespace evlog {

namespace {

absl::Status RefuseIdempotence(const AppendOptions& options) {
  if (!options.idempotence) return absl::OkStatus();
  return InvalidArgument("an append of a transaction cannot have an idempotence of its own");
}

}  // namespace

Transaction::Transaction() = default;
Transaction::~Transaction() = default;
Transaction::Transaction(Transaction&&) noexcept = default;
Transaction& Transaction::operator=(Transaction&&) noexcept = default;

bool Transaction::empty() const {
  return data_ == nullptr || (data_->work.empty() && data_->changes.empty() && data_->acks.empty());
}

Transaction::Data& Transaction::data() {
  if (data_ == nullptr) data_ = std::make_unique<Data>();
  return *data_;
}

Transaction::Work& Transaction::AddWork(const Stream& stream, bool append) {
  Data& all = data();
  all.streams.push_back(stream.impl_);
  all.appends.push_back(append);
  Work& work = all.work.emplace_back();
  work.stream = stream.impl_->state;
  return work;
}

absl::Status Transaction::Append(const Stream& stream, Fields fields,
                                 const AppendOptions& options) {
  RETURN_IF_ERROR(RefuseIdempotence(options));
  internal::BatchData batch;
  RETURN_IF_ERROR(batch.Add(fields, {.key = options.key, .id = options.id}));
  Work& work = AddWork(stream, true);
  work.batch = std::move(batch);
  work.expect = options.expect;
  return absl::OkStatus();
}

absl::Status Transaction::Append(const Stream& stream, Batch&& batch,
                                 const AppendOptions& options) {
  internal::BatchData taken = internal::BatchData::Take(std::move(batch));
  RETURN_IF_ERROR(RefuseIdempotence(options));
  if (options.key || options.id) {
    return InvalidArgument("the key and the id of a batch's entries are given to Batch::Add");
  }
  if (taken.count() == 0) return InvalidArgument("an empty batch cannot be appended");
  Work& work = AddWork(stream, true);
  work.batch = std::move(taken);
  work.expect = options.expect;
  return absl::OkStatus();
}

void Transaction::Require(const Stream& stream, const Expect& expect) {
  AddWork(stream, false).expect = expect;
}

void Transaction::Delete(const Stream& stream, std::span<const EntryId> ids) {
  AddWork(stream, false).deletions.assign(ids.begin(), ids.end());
}

void Transaction::Ack(const Group& group, const Receipt& receipt) {
  GroupAck ack{.group = group.impl_->group, .consumer = receipt.consumer_};
  for (const Receipt::Range& range : receipt.ranges_) {
    ack.entries.push_back(
        {{range.partition, range.begin, range.end}, range.deliveries, range.epoch});
  }
  data().AddAck(std::move(ack), group.impl_->log);
}

void Transaction::Ack(const Group& group, std::span<const EntryId> ids) {
  data().AddAck({.group = group.impl_->group, .ids = {ids.begin(), ids.end()}}, group.impl_->log);
}

void Transaction::PutState(std::string_view space, std::string_view key, std::string_view value) {
  data().changes.push_back({std::string(space), std::string(key), std::string(value)});
}

void Transaction::DeleteState(std::string_view space, std::string_view key) {
  data().changes.push_back({std::string(space), std::string(key), std::nullopt});
}

}  // namespace evlog
