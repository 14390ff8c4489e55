#include "tests/crash/roles.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <thread>
#include <utility>

#include "evlog/backup.h"
#include "log/base/status.h"
#include "tests/crash/child.h"
#include "tests/crash/consumer.h"
#include "tests/crash/delayer.h"
#include "tests/crash/owner.h"
#include "tests/crash/producer.h"
#include "tests/crash/projector.h"
#include "tests/crash/publisher.h"
#include "tests/crash/repeater.h"
#include "tests/support/crash_point.h"

namespace evlog {
namespace {

uint64_t Number(const char* text) { return std::strtoull(text, nullptr, 10); }

[[noreturn]] void Fail(const absl::Status& status) {
  std::fprintf(stderr, "the child: %s\n", status.ToString().c_str());
  _exit(3);
}

std::unique_ptr<EventLog> OpenLog(const char* directory, uint64_t memtable_bytes) {
  OpenOptions options;
  options.memtable_bytes = memtable_bytes;
  absl::StatusOr<std::unique_ptr<EventLog>> log = Open(directory, options);
  if (!log.ok()) Fail(log.status());
  return *std::move(log);
}

void Write(char** arguments) {
  const uint64_t seed = Number(arguments[1]);
  const uint64_t calls = Number(arguments[3]);
  const std::unique_ptr<EventLog> log = OpenLog(arguments[0], Number(arguments[2]));
  const int records = static_cast<int>(Number(arguments[4 + kProducers]));
  std::vector<std::thread> threads;
  for (uint16_t p = 0; p < kProducers; ++p) {
    threads.emplace_back([p, seed, calls, records, &log, next = Number(arguments[4 + p])] {
      Rng rng(seed + p);
      Producer producer(log.get(), p, next,
                        [records](const Record& record) { WriteRecord(records, record); });
      for (uint64_t i = 0; i < calls; ++i) {
        if (absl::Status status = producer.Append(rng); !status.ok()) Fail(status);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  if (absl::Status status = log->Close(); !status.ok()) Fail(status);
}

void PublishRouted(char** arguments) {
  const uint64_t seed = Number(arguments[1]);
  const uint64_t calls = Number(arguments[3]);
  const std::unique_ptr<EventLog> log = OpenLog(arguments[0], Number(arguments[2]));
  const int records = static_cast<int>(Number(arguments[4 + kPublishers]));
  if (absl::Status status = AddRoutes(*log); !status.ok()) Fail(status);
  std::vector<std::thread> threads;
  for (uint16_t p = 0; p < kPublishers; ++p) {
    threads.emplace_back([p, seed, calls, records, &log, next = Number(arguments[4 + p])] {
      Rng rng(seed + p);
      Publisher publisher(log.get(), p, next,
                          [records](const Record& record) { WriteRecord(records, record); });
      for (uint64_t i = 0; i < calls; ++i) {
        if (absl::Status status = publisher.Publish(rng); !status.ok()) Fail(status);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  if (absl::Status status = log->Close(); !status.ok()) Fail(status);
}

// Who owns a directory that others look at, and who backs it up.
void PlayBeside(std::string_view role, int argc, char** argv) {
  absl::Status status;
  if (role == "--owner" && argc == 6) {
    InstallCrashPointFromEnv();
    const std::unique_ptr<EventLog> log = OpenLog(argv[2], Number(argv[3]));
    const int records = static_cast<int>(Number(argv[5]));
    status = Own(*log, Number(argv[4]),
                 [records](const Record& record) { WriteRecord(records, record); });
    if (status.ok()) status = log->Close();
  } else if (role == "--backer" && argc == 5) {
    InstallCrashPointFromEnv();
    status = BackUpDirectory(argv[2], argv[3]).status();
  } else if (role == "--restorer" && argc == 5) {
    InstallCrashPointFromEnv();
    status = RestoreBackup(argv[2], argv[3]).status();
  } else {
    return;
  }
  if (!status.ok()) Fail(status);
  _exit(0);
}

}  // namespace

void PlayRole(int argc, char** argv) {
  if (argc < 2) return;
  const std::string_view role = argv[1];
  if (role == "--writer" && argc == 7 + kProducers) {
    InstallCrashPointFromEnv();
    Write(argv + 2);
    _exit(0);
  }
  if (role == "--publisher" && argc == 7 + kPublishers) {
    InstallCrashPointFromEnv();
    PublishRouted(argv + 2);
    _exit(0);
  }
  if (role == "--repeater" && argc == 7 + kRepeatedStreams) {
    InstallCrashPointFromEnv();
    const std::unique_ptr<EventLog> log = OpenLog(argv[2], Number(argv[3]));
    std::vector<uint64_t> starts;
    for (int i = 0; i < kRepeatedStreams; ++i) starts.push_back(Number(argv[6 + i]));
    const int records = static_cast<int>(Number(argv[6 + kRepeatedStreams]));
    const absl::Status status =
        Repeat(*log, Number(argv[4]), Number(argv[5]), starts,
               [records](const Record& record) { WriteRecord(records, record); });
    if (!status.ok()) Fail(status);
    _exit(0);
  }
  if (role == "--projector" && argc == 8) {
    InstallCrashPointFromEnv();
    const std::unique_ptr<EventLog> log = OpenLog(argv[2], Number(argv[3]));
    const int records = static_cast<int>(Number(argv[7]));
    const absl::Status status =
        Project(*log, Number(argv[4]), Number(argv[5]), Number(argv[6]),
                [records](const Record& record) { WriteRecord(records, record); });
    if (!status.ok()) Fail(status);
    _exit(0);
  }
  if (role == "--delayer" && argc == 8) {
    InstallCrashPointFromEnv();
    const std::unique_ptr<EventLog> log = OpenLog(argv[2], Number(argv[3]));
    const int records = static_cast<int>(Number(argv[7]));
    const absl::Status status =
        Delay(*log, *SystemClock(), Number(argv[4]), Number(argv[5]), Number(argv[6]),
              [records](const Record& record) { WriteRecord(records, record); });
    if (!status.ok()) Fail(status);
    _exit(0);
  }
  if (role == "--consumer" && argc == 8) {
    InstallCrashPointFromEnv();
    const std::unique_ptr<EventLog> log = OpenLog(argv[2], Number(argv[3]));
    const int records = static_cast<int>(Number(argv[7]));
    const absl::Status status =
        Consume(*log, Number(argv[4]), Number(argv[5]), Number(argv[6]),
                [records](const Record& record) { WriteRecord(records, record); });
    if (!status.ok()) Fail(status);
    _exit(0);
  }
  PlayBeside(role, argc, argv);
  if (role == "--opener" && argc == 5) {
    InstallCrashPointFromEnv();
    OpenLog(argv[2], Number(argv[3]));
    _exit(0);
  }
}

}  // namespace evlog
