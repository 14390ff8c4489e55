// The end of the process, or of the power; and what may be left then.
#include <algorithm>
#include <iterator>
#include <utility>

#include "log/base/status.h"
#include "tests/model/model_run.h"
#include "tests/support/status_matchers.h"

namespace evlog {

void ModelRun::Changed() {
  if (crashes_) since_sync_.push_back(model_);
}

void ModelRun::Written() {
  if (crashes_) written_ = since_sync_.size() - 1;
}

void ModelRun::Synced() {
  if (!crashes_) return;
  since_sync_.clear();
  Changed();
  Written();
}

// Whether the log holds what the model does, as far as it shows.
bool ModelRun::LogIs(const ModelLog& model) {
  const absl::StatusOr<std::vector<StreamInfo>> infos = log_->ListStreams();
  if (!infos.ok() || infos->size() != model.streams.size()) return false;
  auto expected = model.streams.begin();
  for (const StreamInfo& info : *infos) {
    const auto& [name, stream] = *expected++;
    if (info.name != name || info.options != stream.options()) return false;
    if (info.last_id != stream.last_id()) return false;
    if (info.entries_added != stream.entries_added()) return false;
    const absl::StatusOr<std::vector<OwnedEntry>> entries = ReadAll(*log_, {.stream = name});
    if (!entries.ok() || *entries != stream.entries()) return false;
    for (uint16_t p = 0; p < info.partitions.size(); ++p) {
      if (info.partitions[p].next_offset != stream.next_offset(p)) return false;
    }
  }
  for (const char* space : {"a", "b"}) {
    const auto state = log_->ListState(space);
    if (!state.ok()) return false;
    std::vector<std::pair<std::string, std::string>> kept;
    for (const auto& [key, value] : model.state) {
      if (key.first == space) kept.emplace_back(key.second, value);
    }
    if (*state != kept) return false;
  }
  return true;
}

void ModelRun::Crash() {
  if (!crashes_) return Restart();
  const bool power = rng_.Percent(60);
  const UnsyncedBytes bytes[] = {UnsyncedBytes::kDropped, UnsyncedBytes::kCut,
                                 UnsyncedBytes::kZeroed};
  const PowerLoss loss{power ? bytes[rng_.Below(std::size(bytes))] : UnsyncedBytes::kKept,
                       UnsyncedNames::kKept};
  Note(fmt::format("crash, unsynced bytes {}", static_cast<int>(loss.bytes)));
  fault_fs_->CutPower();
  for (const std::unique_ptr<Subject>& subject : subjects_) {
    subject->follower.reset();
    subject->stream = Stream();
  }
  log_->Close().IgnoreError();
  log_.reset();
  expected_.clear();  // some were answered, and some not
  answers_ = std::make_unique<Answers>();
  fault_fs_->RestorePower(loss, rng_);
  Open();
  if (::testing::Test::HasFailure()) return;
  // The newest state that it can be.
  const size_t least = power ? 0 : written_;
  size_t i = since_sync_.size();
  while (i > least && !LogIs(since_sync_[i - 1])) --i;
  Note(fmt::format("kept {} of {} changes, at least {}", i, since_sync_.size(), least + 1));
  ASSERT_GT(i, least) << "the log is nothing that it was since the last sync";
  model_ = since_sync_[i - 1];
  // Subjects as the streams that there are now.
  subjects_.clear();
  for (const auto& [name, stream] : model_.streams) {
    subjects_.push_back(std::make_unique<Subject>());
    subjects_.back()->name = name;
  }
  OpenStreams();
}

}  // namespace evlog
