#include "log/producer_window.h"

#include <algorithm>
#include <utility>

#include "log/base/status.h"
#include "log/key_codec.h"

namespace evlog {

namespace {

// What an id takes in memory beside its own bytes, which are there twice; about.
constexpr size_t kIdBytes = 256;

std::string NameOf(Idempotence::Kind kind, std::string_view id) {
  std::string name(1, static_cast<char>(kind));
  name.append(id);
  return name;
}

size_t BytesOf(const std::string& name) { return kIdBytes + 2 * name.size(); }

}  // namespace

AppendResult Original::Result() const {
  AppendResult result;
  result.first_id = record.first_id;
  result.last_id = record.last_id;
  result.count = record.count;
  result.partition = record.partition;
  result.offset = record.offset;
  return result;
}

ProducerWindow::ProducerWindow(StreamId stream, std::string producer, std::atomic<size_t>* total)
    : stream_(stream), producer_(std::move(producer)), total_(total) {
  Resized(sizeof(ProducerWindow) + kIdBytes + producer_.size(), 0);
}

ProducerWindow::~ProducerWindow() { Resized(0, bytes_); }

void ProducerWindow::Resized(size_t more, size_t less) {
  bytes_ += more - less;
  total_->fetch_add(more - less, std::memory_order_relaxed);
}

std::string ProducerWindow::KeyOf(const IdempotenceAsk& ask) const {
  return EncodeIdempotenceKey({stream_, producer_, ask.kind, ask.id});
}

absl::Status ProducerWindow::Load(const Store& store) {
  if (loaded_.load(std::memory_order_acquire)) return absl::OkStatus();
  MutexLock lock(load_mu_);
  return loaded_.load(std::memory_order_relaxed) ? absl::OkStatus() : Read(store);
}

absl::Status ProducerWindow::Reload(const Store& store) {
  MutexLock lock(load_mu_);
  loaded_.store(false, std::memory_order_relaxed);
  return Read(store);
}

absl::Status ProducerWindow::Read(const Store& store) {
  Clear();
  std::vector<Aged> found;
  StoreIterator rows = store.Scan(Family::kIdempotence, ProducerRange(stream_, producer_));
  for (rows.SeekToFirst(); rows.Valid(); rows.Next()) {
    ASSIGN_OR_RETURN(const IdempotenceKey key, DecodeIdempotenceKey(rows.key()));
    auto original = std::make_shared<Original>();
    RETURN_IF_ERROR(DecodeIdempotenceRecord(rows.value(), &original->record));
    original->commit.store(original->record.commit, std::memory_order_relaxed);
    if (key.kind == Idempotence::Kind::kSequence) {
      last_ = std::move(original);
    } else {
      found.push_back({NameOf(key.kind, key.id), std::move(original)});
    }
  }
  RETURN_IF_ERROR(rows.status());
  // Ids of entries rise in the order of appends.
  std::sort(found.begin(), found.end(), [](const Aged& a, const Aged& b) {
    return a.original->record.first_id < b.original->record.first_id;
  });
  for (Aged& aged : found) PushBack(std::move(aged.name), std::move(aged.original));
  loaded_.store(true, std::memory_order_release);
  return absl::OkStatus();
}

void ProducerWindow::Clear() {
  last_.reset();
  while (!by_age_.empty()) PopFront();
}

void ProducerWindow::PushBack(IdName name, std::shared_ptr<Original> original) {
  Resized(BytesOf(name), 0);
  by_name_.insert_or_assign(name, Held{original, first_number_ + by_age_.size()});
  by_age_.push_back({std::move(name), std::move(original)});
}

void ProducerWindow::PopFront() {
  Resized(0, BytesOf(by_age_.front().name));
  by_name_.erase(by_age_.front().name);
  by_age_.pop_front();
  ++first_number_;
}

// In the window at `now_ms`: not older than it is long, and one of the newest.
bool ProducerWindow::IsOut(const Held& held, const IdempotenceAsk& ask, uint64_t now_ms) const {
  const uint64_t time_ms = held.original->record.time_ms;
  const uint64_t newer = first_number_ + by_age_.size() - 1 - held.number;
  return (now_ms > time_ms && now_ms - time_ms >= ask.window_ms) || newer >= ask.ids_max;
}

absl::StatusOr<std::shared_ptr<Original>> ProducerWindow::Find(const IdempotenceAsk& ask,
                                                               uint64_t now_ms) const {
  if (ask.kind == Idempotence::Kind::kSequence) {
    if (last_ == nullptr || ask.sequence > last_->record.sequence) return nullptr;
    if (ask.sequence == last_->record.sequence) return last_;
    return Error(absl::StatusCode::kAborted,
                 "producer {}: the sequence number {} is below the last one, {}", Quoted(producer_),
                 ask.sequence, last_->record.sequence);
  }
  const auto found = by_name_.find(NameOf(ask.kind, ask.id));
  if (found == by_name_.end() || IsOut(found->second, ask, now_ms)) return nullptr;
  return found->second.original;
}

std::shared_ptr<Original> ProducerWindow::Add(const IdempotenceAsk& ask, uint64_t now_ms,
                                              const AppendResult& result,
                                              std::vector<std::string>* deleted) {
  auto original = std::make_shared<Original>();
  original->record = {now_ms,       ask.sequence,     result.first_id, result.last_id,
                      result.count, result.partition, result.offset,   0};
  if (ask.kind == Idempotence::Kind::kSequence) {
    last_ = original;
    return original;
  }
  // A clock that steps back does not take the ages with it.
  if (!by_age_.empty()) {
    uint64_t& time_ms = original->record.time_ms;
    time_ms = std::max(time_ms, by_age_.back().original->record.time_ms);
  }
  std::string name = NameOf(ask.kind, ask.id);
  while (!by_age_.empty()) {
    // As the window will be with the new one in it.
    const Aged& oldest = by_age_.front();
    const uint64_t time_ms = oldest.original->record.time_ms;
    const bool old = now_ms > time_ms && now_ms - time_ms >= ask.window_ms;
    if (!old && by_age_.size() < ask.ids_max) break;
    if (oldest.name != name) {  // else its row is written anew
      deleted->push_back(
          EncodeIdempotenceKey({stream_, producer_, static_cast<Idempotence::Kind>(oldest.name[0]),
                                std::string_view(oldest.name).substr(1)}));
    }
    PopFront();
  }
  PushBack(std::move(name), original);
  return original;
}

}  // namespace evlog
