// Sees to it that of each version of a projection one instance runs, and that none commits after a
// later one took its place.
//
// One process owns a directory, and one committer orders its commits; so a table in memory, which
// all databases of an open log share, is fence enough: an owner that died took its table with it.
#ifndef EVLOG_EMBEDDED_PROJECTION_FENCE_H_
#define EVLOG_EMBEDDED_PROJECTION_FENCE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "log/base/mutex.h"

namespace evlog {

// The versions of one projection. Thread-safe.
class ProjectionFence {
 public:
  explicit ProjectionFence(std::string name) : name_(std::move(name)) {}

  // Errors: UNAVAILABLE: that version runs already.
  absl::Status Enter(uint64_t version) ABSL_LOCKS_EXCLUDED(mu_);
  void Leave(uint64_t version) ABSL_LOCKS_EXCLUDED(mu_);

  using ReadCurrent = std::function<absl::StatusOr<uint64_t>()>;
  // Runs a commit of a version while none of another version can; `promotes`: one that makes it the
  // current one. `read` asks the store which one that is, and is called when this process does not
  // know for certain. Errors: FAILED_PRECONDITION: it was replaced; those of both.
  absl::Status Commit(uint64_t version, bool promotes, const ReadCurrent& read,
                      const std::function<absl::Status()>& commit) ABSL_LOCKS_EXCLUDED(mu_);

 private:
  const std::string name_;
  Mutex mu_;
  std::set<uint64_t> running_ ABSL_GUARDED_BY(mu_);
  uint64_t current_ ABSL_GUARDED_BY(mu_) = 0;
  bool known_ ABSL_GUARDED_BY(mu_) = false;  // not at first, and not after a commit that failed
};

// Those of a log. Thread-safe.
class ProjectionFences {
 public:
  std::shared_ptr<ProjectionFence> Of(uint8_t database, const std::string& name)
      ABSL_LOCKS_EXCLUDED(mu_);

 private:
  Mutex mu_;
  // Kept as long as the log: one for each projection that was ever opened.
  std::map<std::pair<uint8_t, std::string>, std::shared_ptr<ProjectionFence>> fences_
      ABSL_GUARDED_BY(mu_);
};

}  // namespace evlog

#endif  // EVLOG_EMBEDDED_PROJECTION_FENCE_H_
