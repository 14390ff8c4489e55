#include "embedded/projection_fence.h"

#include "log/base/status.h"

namespace evlog {

absl::Status ProjectionFence::Enter(uint64_t version) {
  MutexLock lock(mu_);
  if (running_.insert(version).second) return absl::OkStatus();
  return Error(absl::StatusCode::kUnavailable, "version {} of projection {} is open already",
               version, Quoted(name_));
}

void ProjectionFence::Leave(uint64_t version) {
  MutexLock lock(mu_);
  running_.erase(version);
}

absl::Status ProjectionFence::Commit(uint64_t version, bool promotes, const ReadCurrent& read,
                                     const std::function<absl::Status()>& commit) {
  MutexLock lock(mu_);
  if (!known_) {
    ASSIGN_OR_RETURN(current_, read());
    known_ = true;
  }
  if (version < current_) {
    return Error(absl::StatusCode::kFailedPrecondition,
                 "version {} of projection {} was replaced by version {}", version, Quoted(name_),
                 current_);
  }
  const absl::Status status = commit();
  known_ = status.ok();
  if (status.ok() && promotes) current_ = version;
  return status;
}

std::shared_ptr<ProjectionFence> ProjectionFences::Of(uint8_t database, const std::string& name) {
  MutexLock lock(mu_);
  std::shared_ptr<ProjectionFence>& fence = fences_[{database, name}];
  if (fence == nullptr) fence = std::make_shared<ProjectionFence>(name);
  return fence;
}

}  // namespace evlog
