// One run of the model test: a log, its model, and random steps from a seed.
#ifndef EVLOG_TESTS_MODEL_MODEL_RUN_H_
#define EVLOG_TESTS_MODEL_MODEL_RUN_H_

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "evlog/event_log.h"
#include "log/store/environment.h"
#include "tests/support/answers.h"
#include "tests/support/manual_clock.h"
#include "tests/support/model_log.h"
#include "tests/support/rng.h"
#include "tests/support/temp_dir.h"

namespace evlog {

class ModelRun {
 public:
  explicit ModelRun(uint64_t seed);

  // Runs until it is done or something differs.
  void Run();
  void PrintSteps() const;

 private:
  struct Subject {
    std::string name;
    Stream stream;
    ModelStream model;
    // A cursor that is read now and then, and how many entries it handed out.
    std::optional<Cursor> follower;
    std::optional<uint16_t> follower_partition;
    size_t followed = 0;
  };
  // What an asynchronous append must answer.
  struct Expected {
    bool once_ordered;  // kAsync: has no position
    absl::StatusOr<AppendResult> result;
  };

  void Open();
  void Step();
  // ---- the steps
  void CreateStream();
  void Append();
  void AppendAsync();
  void Read();
  void Follow();
  void MoveClock();
  void Restart();
  void Sync();
  void Describe();

  Subject& Any() { return *subjects_[rng_.Below(subjects_.size())]; }
  std::vector<NewEntry> RandomEntries(const ModelStream& model);
  std::optional<EntryId> RandomExplicitId(const ModelStream& model, EntryId above);
  std::optional<Durability> RandomDurability();
  Bound RandomBound(const ModelStream& model, bool is_from);
  // Everything that was acknowledged is to be seen from here on, and all callbacks have run.
  void Settle();
  void CheckAnswers();
  void CheckInvariants(const Subject& subject);
  void Note(std::string step) { steps_.push_back(std::move(step)); }

  Rng rng_;
  TempDir temp_;
  StoreEnvironment environment_;
  ManualClock clock_;
  OpenOptions options_;
  std::unique_ptr<EventLog> log_;
  std::vector<std::unique_ptr<Subject>> subjects_;
  std::vector<Expected> expected_;
  std::unique_ptr<Answers> answers_;
  std::vector<std::string> steps_;
};

}  // namespace evlog

#endif  // EVLOG_TESTS_MODEL_MODEL_RUN_H_
