#include "log/store/wal_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "log/base/crc32c.h"
#include "log/base/status.h"
#include "log/store/rocksdb_status.h"

namespace evlog {
namespace {

constexpr std::string_view kCutInRecord = "the file ends within a record";
constexpr std::string_view kCutInHeader = "the file ends within the header of a record";

enum FragmentType : unsigned { kFull = 1, kFirst = 2, kMiddle = 3, kLast = 4 };

bool AllZero(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == 0; });
}

}  // namespace

WalReader::WalReader(std::unique_ptr<rocksdb::FSSequentialFile> file, size_t head_bytes)
    : file_(std::move(file)), head_bytes_(head_bytes), buffer_(new char[kWalBlockBytes]) {}

absl::StatusOr<WalEvent> WalReader::Next() {
  while (!at_end_) {
    ASSIGN_OR_RETURN(const bool has_header, HasHeader());
    if (!has_header) break;
    if (AllZero(block_.substr(pos_, kWalHeaderBytes))) {
      ASSIGN_OR_RETURN(const bool to_the_end, SkipZeros());
      if (to_the_end) break;
      continue;
    }
    const Fragment fragment = ParseAt(pos_);
    if (!fragment.good()) {
      Damage(fragment.problem, position());
      StepOver();
      continue;
    }
    const bool begins = fragment.type == kFull || fragment.type == kFirst;
    if (damage_.has_value()) {
      // The rest of a damaged record is part of the damage.
      if (begins) {
        damage_->cut_short = false;
        return *std::exchange(damage_, std::nullopt);
      }
      pos_ += fragment.size();
      continue;
    }
    if (begins == in_record_) {
      Damage(begins ? "a record begins before the one before it has ended"
                    : "the record that goes on here has no beginning",
             position());
      if (!begins) pos_ += fragment.size();
      continue;
    }
    if (Take(fragment)) {
      in_record_ = false;
      WalEvent event;
      event.kind = WalEvent::Kind::kRecord;
      event.offset = record_offset_;
      event.length = record_length_;
      event.head = head_;
      return event;
    }
  }
  return AtEnd();
}

absl::StatusOr<bool> WalReader::LoadBlock() {
  block_offset_ += block_.size();
  pos_ = 0;
  size_t filled = 0;
  while (filled < kWalBlockBytes) {
    rocksdb::Slice part;
    const rocksdb::IOStatus status = file_->Read(kWalBlockBytes - filled, rocksdb::IOOptions(),
                                                 &part, &buffer_[filled], nullptr);
    if (!status.ok()) {
      return Annotate(FromRocksDb(status),
                      fmt::format("cannot read at byte {}", block_offset_ + filled));
    }
    if (part.empty()) break;
    if (part.data() != &buffer_[filled]) std::memcpy(&buffer_[filled], part.data(), part.size());
    filled += part.size();
  }
  block_ = std::string_view(buffer_.get(), filled);
  return filled > 0;
}

absl::StatusOr<bool> WalReader::HasHeader() {
  if (block_.size() - pos_ >= kWalHeaderBytes) return true;
  if (block_.empty() || !is_last_block()) {
    // What is left of the block is its trailer, whatever it holds: RocksDB ignores it too.
    ASSIGN_OR_RETURN(const bool loaded, LoadBlock());
    if (!loaded || block_.size() >= kWalHeaderBytes) return loaded;
  }
  if (pos_ < block_.size()) {
    if (AllZero(block_.substr(pos_))) {
      zeros_ = position();
    } else {
      Damage(kCutInHeader, position());
    }
    pos_ = block_.size();
  }
  return false;
}

WalReader::Fragment WalReader::ParseAt(size_t pos) const {
  const auto byte = [this, pos](size_t i) { return static_cast<unsigned char>(block_[pos + i]); };
  Fragment fragment;
  fragment.type = byte(6);
  if (fragment.type < kFull || fragment.type > kLast) {
    fragment.problem = fragment.type == 0 ? "the header of a record is zeroed"
                                          : "the type of the record is unknown";
    return fragment;
  }
  const size_t length = byte(4) | size_t{byte(5)} << 8;
  if (length > block_.size() - pos - kWalHeaderBytes) {
    fragment.problem = is_last_block() ? kCutInRecord : "the length of the record is wrong";
    return fragment;
  }
  uint32_t expected;
  std::memcpy(&expected, &block_[pos], sizeof expected);
  if (MaskCrc32c(Crc32c(block_.substr(pos + 6, 1 + length))) != expected) {
    fragment.problem = "the checksum of the record does not match";
    return fragment;
  }
  fragment.payload = block_.substr(pos + kWalHeaderBytes, length);
  return fragment;
}

absl::StatusOr<bool> WalReader::SkipZeros() {
  const uint64_t from = position();
  size_t first = pos_ + 1;  // where the next header may begin
  while (true) {
    const size_t other = block_.find_first_not_of('\0', pos_);
    if (other != std::string_view::npos) {
      Damage("zeros where a record should begin", from);
      // A header may begin with zeros, but its last byte is none.
      pos_ = std::max(first, other - std::min(other, kWalHeaderBytes - 1));
      return false;
    }
    ASSIGN_OR_RETURN(const bool loaded, LoadBlock());
    if (!loaded) break;
    first = 0;
  }
  zeros_ = from;
  return true;
}

bool WalReader::Take(const Fragment& fragment) {
  if (!in_record_) {
    in_record_ = true;
    record_offset_ = position();
    record_length_ = 0;
    head_.clear();
  }
  record_length_ += fragment.payload.size();
  head_.append(fragment.payload.substr(0, head_bytes_ - std::min(head_bytes_, head_.size())));
  pos_ += fragment.size();
  return fragment.type == kFull || fragment.type == kLast;
}

void WalReader::Damage(std::string_view problem, uint64_t offset) {
  if (damage_.has_value()) return;
  damage_.emplace();
  damage_->kind = WalEvent::Kind::kDamage;
  damage_->offset = in_record_ ? record_offset_ : offset;
  damage_->problem = std::string(problem);
  damage_->cut_short = problem == kCutInRecord || problem == kCutInHeader;
  if (in_record_) damage_->problem += fmt::format(" (at byte {})", offset);
  in_record_ = false;
}

void WalReader::StepOver() {
  // Where only the payload is damaged, the header still says where the next one is. Trusting it
  // where it proves right keeps bytes of the payload from being taken for records.
  const size_t length = static_cast<unsigned char>(block_[pos_ + 4]) |
                        size_t{static_cast<unsigned char>(block_[pos_ + 5])} << 8;
  const size_t next = pos_ + kWalHeaderBytes + length;
  if (next + kWalHeaderBytes <= block_.size() && ParseAt(next).good()) {
    pos_ = next;
  } else {
    ++pos_;
  }
}

WalEvent WalReader::AtEnd() {
  if (in_record_) Damage(kCutInRecord, position());
  at_end_ = true;
  if (damage_.has_value()) return *std::exchange(damage_, std::nullopt);
  WalEvent event;
  if (zeros_.has_value()) {
    event.kind = WalEvent::Kind::kZeroTail;
    event.offset = *std::exchange(zeros_, std::nullopt);
    return event;
  }
  event.offset = block_offset_ + block_.size();
  return event;
}

}  // namespace evlog
