#include "evlog/verify.h"

#include <string>
#include <utility>

#include "absl/time/time.h"
#include "groups/group_verifier.h"
#include "log/base/status.h"
#include "log/store/store.h"
#include "log/verifier.h"

namespace evlog {

namespace {

constexpr absl::Duration kProgressEvery = absl::Milliseconds(200);
constexpr int kLooksMax = 3;

// One pass over the directory as it is now.
absl::StatusOr<VerifyReport> VerifyOnce(const std::string& directory,
                                        const VerifyOptions& options) {
  VerifyReport report;
  const auto add = [&](std::string finding) {
    if (report.findings.size() >= options.findings_max) {
      report.truncated = true;
      return false;
    }
    report.findings.push_back(std::move(finding));
    return true;
  };
  ASSIGN_OR_RETURN(const std::optional<std::string> lost, Store::ExamineLog(directory, {}));
  if (lost) add(*lost);

  StoreOptions store_options;
  store_options.read_only = true;
  store_options.despite_loss = true;  // it is among the findings already
  absl::StatusOr<std::unique_ptr<Store>> store = Store::Open(directory, store_options, {});
  if (!store.ok()) {
    if (!absl::IsDataLoss(store.status())) return store.status();
    const std::string why = MessageOf(store.status());
    if (!lost || why.find(*lost) == std::string::npos) add(why);
    return report;
  }
  if (const std::optional<std::string> missing = (*store)->FindMissing()) add(*missing);
  Clock* const clock = options.clock != nullptr ? options.clock : SystemClock();
  absl::Time next = clock->Now() + kProgressEvery;
  const auto progress = [&](const VerifyCounts& counts) {
    if (!options.progress || clock->Now() < next) return true;
    next = clock->Now() + kProgressEvery;
    return options.progress({counts.commits, counts.commits_total, counts.entries, counts.bytes});
  };
  Verifier verifier(store->get(), {add, progress});
  RETURN_IF_ERROR(verifier.Run());
  GroupVerifier groups(store->get(), add);
  RETURN_IF_ERROR(groups.Run());
  report.groups = groups.counts().groups;
  report.pending = groups.counts().pending;
  const VerifyCounts& counts = verifier.counts();
  report.streams = counts.streams;
  report.partitions = counts.partitions;
  report.entries = counts.entries;
  report.bytes = counts.bytes;
  report.commits = counts.commits;
  return report;
}

}  // namespace

absl::StatusOr<VerifyReport> VerifyDirectory(std::string_view directory,
                                             const VerifyOptions& options) {
  const std::string dir(directory);
  absl::StatusOr<VerifyReport> report = VerifyOnce(dir, options);
  // Beside an owner, some of its files may have been seen before and others after a flush. What is
  // damaged for good is found again.
  const auto in_doubt = [&report] {  // or it has deleted a table that was to be read
    return report.ok() ? !report->ok() : absl::IsNotFound(report.status());
  };
  for (int i = 0; i < kLooksMax && in_doubt() && Store::IsHeld(dir); ++i) {
    report = VerifyOnce(dir, options);
  }
  return report;
}

}  // namespace evlog
