// One run of the model test: a log, its model, and random steps from a seed.
#ifndef EVLOG_TESTS_MODEL_MODEL_RUN_H_
#define EVLOG_TESTS_MODEL_MODEL_RUN_H_

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "evlog/event_log.h"
#include "log/store/environment.h"
#include "tests/support/answers.h"
#include "tests/support/fault_fs.h"
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
  // A stream that is there; its model is model_.streams.at(name).
  struct Subject {
    std::string name;
    Stream stream;
    // A cursor that is read now and then, and the last entry that it handed out.
    std::optional<Cursor> follower;
    std::optional<uint16_t> follower_partition;
    EntryId followed;
  };
  // What an asynchronous append must answer.
  struct Expected {
    bool once_ordered;  // kAsync: has no position
    absl::StatusOr<AppendResult> result;
  };

  void Open();
  void OpenStreams();
  void Step();

  // ---- the steps of model_run.cc: appends, reads, restarts
  void CreateStream();
  void Append();
  void AppendAsync();
  void Read();
  void Follow();
  void MoveClock();
  void Restart();
  void Sync();
  void Describe();
  // ---- of model_changes.cc: what goes, what is altered, transactions
  void Trim();
  void Delete();
  void Drop();
  void Rename();
  void Alter();
  void SetLastId();
  void Transact();
  void CheckState();
  void Maintain();
  // ---- of model_crash.cc
  void Crash();

  Subject& Any() { return *subjects_[rng_.Below(subjects_.size())]; }
  ModelStream& ModelOf(const Subject& subject) { return model_.streams.at(subject.name); }
  std::string FreeName() const;
  void Forget(const std::string& name);  // the subject of a stream that is gone

  // ---- model_draws.cc: random arguments
  std::vector<NewEntry> RandomEntries(const ModelStream& model);
  std::optional<EntryId> RandomExplicitId(const ModelStream& model, EntryId above);
  std::optional<Durability> RandomDurability();
  Bound RandomBound(const ModelStream& model, bool is_from);
  ModelAsk RandomAsk(const ModelStream& model);
  Expect RandomExpect(const ModelStream& model);
  EntryId RandomId(const ModelStream& model);
  TrimOptions RandomTrim(const ModelStream& model);
  std::vector<EntryId> RandomIds(const ModelStream& model);
  static AppendOptions OptionsOf(const ModelAsk& ask, std::optional<Durability> durability);

  // Everything that was acknowledged is to be seen from here on, and all callbacks have run.
  void Settle();
  void CheckAnswers();
  void CheckInvariants(const Subject& subject);
  void Note(std::string step) { steps_.push_back(std::move(step)); }

  // ---- what a crash may leave: the model as it was after each change since the last sync
  void Changed();  // notes the model as it is now
  void Written();  // all so far survives the death of the process
  void Synced();   // and a power loss
  bool LogIs(const ModelLog& model);

  Rng rng_;
  TempDir temp_;
  StoreEnvironment environment_;
  std::shared_ptr<FaultFs> fault_fs_;  // null: in memory, and it never crashes
  ManualClock clock_;
  OpenOptions options_;
  std::unique_ptr<EventLog> log_;
  ModelLog model_;
  std::vector<std::unique_ptr<Subject>> subjects_;
  bool crashes_ = false;
  std::vector<ModelLog> since_sync_;
  size_t written_ = 0;                           // of since_sync_
  std::vector<std::vector<NewEntry>> appended_;  // some, to be appended again
  std::vector<Expected> expected_;
  std::unique_ptr<Answers> answers_;
  std::vector<std::string> steps_;
};

}  // namespace evlog

#endif  // EVLOG_TESTS_MODEL_MODEL_RUN_H_
