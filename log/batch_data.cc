#include "log/batch_data.h"

#include <algorithm>
#include <utility>

#include "log/base/status.h"
#include "log/entry_codec.h"

namespace evlog {

namespace {

// What the last batch of this thread took, and an eighth more: the next one is likely to be like
// it, and then is written into memory of the right size.
thread_local size_t bytes_expected = 0;

}  // namespace

namespace internal {

BatchData BatchData::Take(Batch&& batch) {
  if (batch.data_ == nullptr) return {};
  bytes_expected = batch.bytes() + batch.bytes() / 8;
  BatchData data = std::move(*batch.data_);
  batch.data_.reset();
  return data;
}

absl::Status BatchData::Add(const Fields& fields, const Batch::EntryOptions& options) {
  if (fields.size() > kFieldsMax) {
    return InvalidArgument("an entry has {} fields; at most {} are possible", fields.size(),
                           kFieldsMax);
  }
  if (fields.size() == 0) {
    empty_entry_ = true;
    ++count_;
    return absl::OkStatus();
  }
  const bool shares =
      !segments_.empty() && HasNames(fields, segments_.back().entries, segments_.back().names);
  EntryShape shape = MeasureEntry(fields, options.key, shares);
  const size_t alone = shape.size_alone();
  if (alone > kLimitBytesMax) {
    return InvalidArgument("an entry takes {} bytes; at most {} are possible", alone,
                           kLimitBytesMax);
  }
  // A segment without entries takes any: a large one may come into the room made for small ones.
  if (segments_.empty() || (segments_.back().count != 0 &&
                            segments_.back().entries.size() + shape.size() > kChunkBytesTarget)) {
    const bool large = !segments_.empty();
    segments_.emplace_back();
    if (large) segments_.back().entries = ChunkBuffer(kChunkBytesTarget);
    if (shares) shape = MeasureEntry(fields, options.key, false);
  }
  Segment& segment = segments_.back();
  AppendEntry(fields, options.key, shape, &segment.entries, &segment.names);
  ++segment.count;
  ++count_;
  bytes_ += shape.size();
  entry_bytes_ = std::max(entry_bytes_, alone);
  fields_ = std::max(fields_, fields.size());
  if (options.key) {
    has_keys_ = true;
    key_bytes_ = std::max(key_bytes_, options.key->size());
  }
  if (options.id) ids_.push_back(*options.id);
  return absl::OkStatus();
}

void BatchData::AddEncoded(std::string_view entries, uint32_t count) {
  Segment& segment = segments_.emplace_back();
  segment.entries = ChunkBuffer(entries.size());
  segment.entries.Append(entries);
  segment.count = count;
  count_ += count;
  bytes_ += entries.size();
  std::optional<std::string_view> key;
  EncodedFields fields;
  const char* p = entries.data();
  for (uint32_t i = 0; i < count && !has_keys_; ++i) {
    p = ReadCheckedEntry(p, fields.names(), &key, &fields);
    has_keys_ = key.has_value();
  }
}

absl::Status BatchData::CheckLimits(const Limits& limits) const {
  if (count_ == 0) return InvalidArgument("an empty batch cannot be appended");
  if (empty_entry_) return InvalidArgument("an entry without fields cannot be appended");
  if (entry_bytes_ > limits.entry_bytes) {
    return InvalidArgument("an entry takes {} bytes; the limit entry_bytes is {}", entry_bytes_,
                           limits.entry_bytes);
  }
  if (fields_ > limits.fields) {
    return InvalidArgument("an entry has {} fields; the limit fields is {}", fields_,
                           limits.fields);
  }
  if (key_bytes_ > limits.key_bytes) {
    return InvalidArgument("a key has {} bytes; the limit key_bytes is {}", key_bytes_,
                           limits.key_bytes);
  }
  if (bytes_ > limits.batch_bytes) {
    return InvalidArgument("a batch takes {} bytes; the limit batch_bytes is {}", bytes_,
                           limits.batch_bytes);
  }
  if (!ids_.empty() && ids_.size() != count_) {
    return InvalidArgument("{} of {} entries of a batch have an id; either all have one, or none",
                           ids_.size(), count_);
  }
  return absl::OkStatus();
}

}  // namespace internal

Batch::Batch() = default;
Batch::~Batch() = default;
Batch::Batch(Batch&&) noexcept = default;
Batch& Batch::operator=(Batch&&) noexcept = default;

absl::Status Batch::Add(Fields fields) { return Add(fields, EntryOptions()); }

absl::Status Batch::Add(Fields fields, const EntryOptions& options) {
  if (data_ == nullptr) data_ = std::make_unique<internal::BatchData>(bytes_expected);
  return data_->Add(fields, options);
}

size_t Batch::size() const { return data_ == nullptr ? 0 : data_->count(); }
size_t Batch::bytes() const { return data_ == nullptr ? 0 : data_->bytes(); }
void Batch::Clear() { data_.reset(); }

}  // namespace evlog
