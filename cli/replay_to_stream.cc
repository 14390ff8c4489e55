#include <utility>
#include <vector>

#include "cli/replay_target.h"
#include "evlog/transaction.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr size_t kBatchEntries = 1000;
constexpr size_t kBatchBytes = size_t{256} << 10;

class StreamTarget : public ReplayTarget {
 public:
  StreamTarget(EventLog* log, Stream stream, const StreamTargetOptions& options)
      : log_(log), stream_(std::move(stream)), options_(options), done_(options.begin) {
    taken_ = done_;
  }

  absl::Status Add(const EntryView& entry, const Origin& origin) override {
    fields_.clear();
    for (const FieldView& field : entry.fields) fields_.push_back(field);
    // Not together with what might make the commit too large.
    if (batch_.bytes() + SizeOf(entry) > kBatchBytes) RETURN_IF_ERROR(Flush());
    Batch::EntryOptions options;
    options.key = entry.key;
    RETURN_IF_ERROR(batch_.Add(fields_, options));
    taken_.Advance(entry.id, origin.position);
    return batch_.size() < kBatchEntries ? absl::OkStatus() : Flush();
  }

  absl::Status Flush() override {
    if (batch_.empty()) return absl::OkStatus();
    Transaction commit;
    RETURN_IF_ERROR(commit.Append(stream_, std::move(batch_)));
    if (!options_.state_key.empty()) {
      commit.PutState(kReplayStateSpace, options_.state_key, taken_.ToString());
    }
    // Finish waits for the disk, once. A power loss before that takes entries and progress alike.
    RETURN_IF_ERROR(log_->Commit(std::move(commit), Durability::kOs).status());
    done_ = taken_;
    return absl::OkStatus();
  }

  absl::Status Finish() override {
    RETURN_IF_ERROR(Flush());
    return log_->Sync();
  }
  Progress done() const override { return done_; }

 private:
  static size_t SizeOf(const EntryView& entry) {
    size_t bytes = entry.key.has_value() ? entry.key->size() : 0;
    for (const FieldView& field : entry.fields) bytes += field.name.size() + field.value.size();
    return bytes;
  }

  EventLog* const log_;
  Stream stream_;
  const StreamTargetOptions options_;
  Batch batch_;
  std::vector<FieldView> fields_;
  Progress taken_;  // what is in the batch included
  Progress done_;
};

}  // namespace

std::unique_ptr<ReplayTarget> MakeStreamTarget(EventLog* log, Stream stream,
                                               const StreamTargetOptions& options) {
  return std::make_unique<StreamTarget>(log, std::move(stream), options);
}

}  // namespace evlog::cli
