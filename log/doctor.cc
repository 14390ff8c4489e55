#include "evlog/doctor.h"

#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "absl/time/time.h"
#include "evlog/open_options.h"
#include "log/base/status.h"
#include "log/store/file_tools.h"
#include "log/store/store.h"

namespace evlog {

namespace {

using Verdict = Examination::Verdict;
namespace filesystem = std::filesystem;

constexpr uint64_t kFewInodes = 1000;
constexpr uint64_t kDescriptorsBesideTables = 1000;  // connections, logs of the program
constexpr double kLittleFree = 0.1;
constexpr absl::Duration kAhead = absl::Seconds(2);

std::string Bytes(uint64_t bytes) {
  constexpr const char* kUnits[] = {"B", "kB", "MB", "GB", "TB"};
  auto value = static_cast<double>(bytes);
  size_t unit = 0;
  while (value >= 1000 && unit + 1 < std::size(kUnits)) {
    value /= 1000;
    ++unit;
  }
  return fmt::format("{:.{}f} {}", value, unit == 0 ? 0 : 1, kUnits[unit]);
}

class Doctor {
 public:
  Doctor(std::string directory, Clock* clock) : directory_(std::move(directory)), clock_(clock) {}

  std::vector<Examination> Examine() && {
    if (!Directory()) return std::move(found_);
    Owner();
    FileSystem();
    Disk();
    Files();
    TheClock();
    if (Wal()) Tables();
    Leftovers();
    return std::move(found_);
  }

 private:
  void Say(std::string name, Verdict verdict, std::string text, std::string advice = "") {
    found_.push_back({std::move(name), verdict, std::move(text), std::move(advice)});
  }

  bool Directory() {
    const absl::StatusOr<std::optional<uint64_t>> log_id = Store::IdOf(directory_);
    if (!log_id.ok()) {
      Say("directory", Verdict::kFailure, MessageOf(log_id.status()));
      return false;
    }
    const std::string id =
        *log_id ? fmt::format("log {:016x}", **log_id) : "a log that was never opened";
    if (access(directory_.c_str(), W_OK | X_OK) != 0) {
      Say("directory", Verdict::kWarning,
          fmt::format("{}: {}, format {}; this user may not write it", directory_, id,
                      kFormatVersion),
          "run as the user that owns the log");
      return true;
    }
    Say("directory", Verdict::kOk,
        fmt::format("{}: {}, format {}", directory_, id, kFormatVersion));
    return true;
  }

  void Owner() {
    const std::optional<pid_t> holder = Store::HolderOf(directory_);
    held_ = holder.has_value();
    if (!held_) return Say("owner", Verdict::kOk, "nobody holds the log");
    Say("owner", Verdict::kOk,
        *holder == 0 ? std::string("a process that is not known here holds the log")
                     : fmt::format("process {} holds the log", *holder));
  }

  void FileSystem() {
    struct statfs found = {};
    if (statfs(directory_.c_str(), &found) != 0) return;
    switch (static_cast<uint64_t>(found.f_type)) {
      case TMPFS_MAGIC:
        return Say("filesystem", Verdict::kWarning, "tmpfs: it is memory",
                   "nothing survives a restart of the machine; move the log to a disk");
      case NFS_SUPER_MAGIC:
      case SMB_SUPER_MAGIC:
      case CIFS_SUPER_MAGIC:
      case FUSE_SUPER_MAGIC:
        return Say("filesystem", Verdict::kWarning, "a network or user-space file system",
                   "locks and fdatasync may promise less there than durability needs");
      case OVERLAYFS_SUPER_MAGIC:
        return Say("filesystem", Verdict::kWarning, "overlayfs: the layer of a container",
                   "put the log on a volume, or it goes with the container");
      default:
        Say("filesystem", Verdict::kOk,
            fmt::format("type {:#x}, blocks of {} bytes", static_cast<uint64_t>(found.f_type),
                        found.f_bsize));
    }
  }

  void Disk() {
    struct statvfs found = {};
    if (statvfs(directory_.c_str(), &found) != 0) return;
    const uint64_t free = uint64_t{found.f_bavail} * found.f_frsize;
    const uint64_t all = uint64_t{found.f_blocks} * found.f_frsize;
    const std::string text = fmt::format("{} of {} free", Bytes(free), Bytes(all));
    const std::string advice = "trim streams (evlog trim, --max-bytes), or enlarge the disk";
    if (free < OpenOptions().disk_free_min) {
      Say("disk", Verdict::kFailure,
          fmt::format("{}: appends are refused below {}", text, Bytes(OpenOptions().disk_free_min)),
          advice);
    } else if (static_cast<double>(free) < kLittleFree * static_cast<double>(all)) {
      Say("disk", Verdict::kWarning, text, advice);
    } else {
      Say("disk", Verdict::kOk, text);
    }
    if (found.f_files != 0 && found.f_favail < kFewInodes) {
      Say("inodes", Verdict::kFailure, fmt::format("{} free", uint64_t{found.f_favail}),
          "the file system cannot hold more files, however much space there is");
    }
  }

  void Files() {
    uint64_t tables = 0;
    std::error_code error;
    for (const auto& child : filesystem::directory_iterator(directory_ + "/db", error)) {
      if (child.path().extension() == ".sst") ++tables;
    }
    rlimit limit = {};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    const std::string text = fmt::format("{} tables, at most {} open files ({} after raising)",
                                         tables, limit.rlim_cur, limit.rlim_max);
    if (limit.rlim_cur < tables + kDescriptorsBesideTables) {
      return Say("files", Verdict::kWarning, text,
                 "raise the limit: ulimit -n, LimitNOFILE= of the unit");
    }
    Say("files", Verdict::kOk, text);
  }

  void TheClock() {
    const absl::Time now = clock_->Now();
    absl::Time newest = absl::InfinitePast();
    std::error_code error;
    for (const auto& child : filesystem::directory_iterator(directory_ + "/db", error)) {
      struct stat file = {};
      if (stat(child.path().c_str(), &file) == 0) {
        newest = std::max(newest, absl::TimeFromTimespec(file.st_mtim));
      }
    }
    if (newest > now + kAhead) {
      return Say("clock", Verdict::kWarning,
                 fmt::format("it is {} behind the newest file of the log",
                             absl::FormatDuration(absl::Trunc(newest - now, absl::Seconds(1)))),
                 "ids go on from the last one until the clock has caught up; set the clock");
    }
    timex kernel = {};
    if (adjtimex(&kernel) == TIME_ERROR || (kernel.status & STA_UNSYNC) != 0) {
      return Say("clock", Verdict::kWarning, "the kernel says that it is not synchronised",
                 "ids, retention by age and delays go by it: run chrony or systemd-timesyncd");
    }
    Say("clock", Verdict::kOk, "synchronised");
  }

  // False: it is damaged, so that nothing can be opened.
  bool Wal() {
    if (held_) {
      Say("wal", Verdict::kOk, "not read: its owner is writing it");
      return true;
    }
    const absl::StatusOr<WalReport> report = Store::ReportLog(directory_);
    if (!report.ok()) {
      Say("wal", Verdict::kFailure, MessageOf(report.status()), "restore a backup (evlog restore)");
      return false;
    }
    if (report->bad_table) {
      Say("tables", Verdict::kFailure, *report->bad_table,
          "restore a backup, or put the file back from a copy");
      return false;
    }
    if (report->lost) {
      Say("wal", Verdict::kFailure, *report->lost,
          "restore a backup, or give up what is behind the damage: evlog doctor --truncate");
      return false;
    }
    const std::string text = fmt::format("{} files, {}, whole through commit {}", report->files,
                                         Bytes(report->bytes), report->last_commit);
    if (report->torn_bytes == 0) {
      Say("wal", Verdict::kOk, text);
    } else {
      Say("wal", Verdict::kOk,
          fmt::format("{}; {} of a torn end, as a crash leaves it, go at the next opening", text,
                      Bytes(report->torn_bytes)));
    }
    return true;
  }

  void Tables() {
    StoreOptions options;
    options.read_only = true;
    const absl::StatusOr<std::unique_ptr<Store>> store = Store::Open(directory_, options, {});
    if (!store.ok()) {
      return Say("tables", Verdict::kFailure, MessageOf(store.status()),
                 "restore a backup, or put the named file back from a copy");
    }
    Say("tables", Verdict::kOk, "all there; `evlog verify` reads them");
  }

  void Leftovers() {
    std::error_code error;
    for (const auto& child : filesystem::directory_iterator(directory_, error)) {
      const std::string name = child.path().filename().string();
      if (name.starts_with("kept-")) {
        Say("leftovers", Verdict::kOk,
            fmt::format("{}: what was given up by --truncate; remove it when it is of no use",
                        child.path().string()));
      }
    }
    if (filesystem::exists(directory_ + ".restoring", error)) {
      Say("leftovers", Verdict::kOk,
          fmt::format("{}.restoring: of an interrupted restore", directory_));
    }
  }

  const std::string directory_;
  Clock* const clock_;
  bool held_ = false;
  std::vector<Examination> found_;
};

}  // namespace

std::vector<Examination> ExamineDirectory(std::string_view directory,
                                          const DoctorOptions& options) {
  Clock* const clock = options.clock != nullptr ? options.clock : SystemClock();
  return Doctor(WithoutSlashes(directory), clock).Examine();
}

absl::StatusOr<AcceptedLoss> AcceptLoss(std::string_view directory) {
  return Store::AcceptLoss(WithoutSlashes(directory), {});
}

}  // namespace evlog
