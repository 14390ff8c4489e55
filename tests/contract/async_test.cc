// AppendAsync: order, threads, back-pressure.
#include <atomic>
#include <functional>
#include <string>
#include <thread>

#include "tests/contract/contract_test.h"
#include "tests/support/answers.h"

namespace evlog {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

Batch One(std::string_view value) {
  Batch batch;
  batch.Add({{"v", value}}).IgnoreError();
  return batch;
}

class AsyncTest : public ContractTest {
 protected:
  // The smallest bound on what waits to be written.
  void OpenTight() {
    Close();
    OpenOptions options = Options();
    options.in_flight_bytes = 1024;
    Open(options);
  }
};
INSTANTIATE_TEST_SUITE_P(Logs, AsyncTest, ::testing::ValuesIn(LogKinds()), NameOfKind);

TEST_P(AsyncTest, CompletesInOrderOnAThreadOfItsOwn) {
  for (const Durability level : {Durability::kAsync, Durability::kOs, Durability::kSync}) {
    const std::string name = "s" + std::to_string(static_cast<int>(level));
    Stream stream = Create(name, {.durability = level});
    Answers answers;
    for (int i = 0; i < 500; ++i) {
      stream.AppendAsync(One(std::to_string(i)), {}, answers.Collect());
    }
    uint64_t offset = 0;
    for (const absl::StatusOr<AppendResult>& result : answers.Await(500)) {
      ASSERT_OK(result);
      EXPECT_EQ(result->offset, offset++);
    }
    EXPECT_THAT(answers.threads(), SizeIs(1));
    EXPECT_THAT(answers.threads(), Not(Contains(std::this_thread::get_id())));
    ASSERT_OK(log().Sync());
    EXPECT_THAT(Read(name), SizeIs(500));
  }
}

TEST_P(AsyncTest, IsOrderedWithBlockingAppends) {
  Stream stream = Create("s", {.durability = Durability::kOs});
  Answers answers;
  for (uint64_t i = 0; i < 100; i += 2) {
    stream.AppendAsync(One("a"), {}, answers.Collect());
    EXPECT_EQ(Add(stream, "b").offset, i + 1);
  }
  uint64_t offset = 0;
  for (const absl::StatusOr<AppendResult>& result : answers.Await(50)) {
    ASSERT_OK(result);
    EXPECT_EQ(result->offset, offset);
    offset += 2;
  }
}

TEST_P(AsyncTest, CompletesOneDurabilityInCommitOrderOverAllThreads) {
  for (const Durability level : {Durability::kAsync, Durability::kOs, Durability::kSync}) {
    const std::string name = "s" + std::to_string(static_cast<int>(level));
    Stream stream = Create(name, {.durability = level});
    Answers answers;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&stream, &answers] {
        for (int i = 0; i < 500; ++i) stream.AppendAsync(One("x"), {}, answers.Collect());
      });
    }
    for (std::thread& thread : threads) thread.join();
    uint64_t offset = 0;
    for (const absl::StatusOr<AppendResult>& result : answers.Await(2000)) {
      ASSERT_OK(result);
      ASSERT_EQ(result->offset, offset++) << name;
    }
  }
}

TEST_P(AsyncTest, AnswersRefusalsOnTheSameThread) {
  Stream stream = Create("s");
  Answers answers;
  stream.AppendAsync(Batch(), {}, answers.Collect());
  stream.AppendAsync(One("x"), {.key = "k"}, answers.Collect());
  stream.AppendAsync(One("x"), {}, answers.Collect());
  const std::vector<absl::StatusOr<AppendResult>> results = answers.Await(3);
  int refused = 0;
  for (const absl::StatusOr<AppendResult>& result : results) {
    if (absl::IsInvalidArgument(result.status())) ++refused;
  }
  EXPECT_EQ(refused, 2);
  EXPECT_THAT(answers.threads(), SizeIs(1));
  EXPECT_THAT(answers.threads(), Not(Contains(std::this_thread::get_id())));
  EXPECT_THAT(Read("s"), SizeIs(1));
}

TEST_P(AsyncTest, MayBeCalledFromACompletionHoweverLittleMayBeInFlight) {
  OpenTight();
  Stream stream = Create("s", {.durability = Durability::kOs});
  Answers answers;
  std::function<void(int)> append = [&](int left) {
    stream.AppendAsync(One(std::string(2000, 'x')), {},
                       [&, left](const absl::StatusOr<AppendResult>& result) {
                         if (left > 0) append(left - 1);
                         if (left > 0) append(left - 1);
                         answers.Add(result);
                       });
  };
  append(6);
  EXPECT_THAT(answers.Await(127), Each(IsOk()));
  EXPECT_THAT(Read("s"), SizeIs(127));
}

TEST_P(AsyncTest, LetsACompletionBlockOnAnAppend) {
  for (const Durability level : {Durability::kAsync, Durability::kOs, Durability::kSync}) {
    Stream stream = Create("s" + std::to_string(static_cast<int>(level)));
    Answers outer, inner;
    stream.AppendAsync(One("x"), {.durability = level},
                       [&](const absl::StatusOr<AppendResult>& result) {
                         inner.Add(stream.Append({{"v", "y"}}, {.durability = level}));
                         outer.Add(result);
                       });
    EXPECT_THAT(outer.Await(1), Each(IsOk()));
    EXPECT_THAT(inner.Await(1), Each(IsOk()));
  }
}

TEST_P(AsyncTest, BlocksWhileTooMuchIsInFlight) {
  OpenTight();
  Stream stream = Create("s", {.durability = Durability::kOs});
  Answers answers;
  std::atomic<bool> open{false};
  std::atomic<int> accepted{0};
  stream.AppendAsync(One("gate"), {}, [&](const absl::StatusOr<AppendResult>& result) {
    open.wait(false);
    answers.Add(result);
  });
  std::thread producer([&] {
    for (int i = 0; i < 100; ++i) {
      stream.AppendAsync(One("x"), {}, answers.Collect());
      ++accepted;
    }
  });
  // Nothing is given back before the gate opens, so at most what fits was accepted.
  EXPECT_OK(log().Sync());
  EXPECT_LT(accepted.load(), 8);
  EXPECT_THAT(answers.size(), 0u);
  open = true;
  open.notify_all();
  EXPECT_THAT(answers.Await(101), Each(IsOk()));
  producer.join();
  EXPECT_EQ(accepted.load(), 100);
}

TEST_P(AsyncTest, RunsAllCompletionsBeforeCloseReturns) {
  Stream stream = Create("s");
  Answers answers;
  for (int i = 0; i < 300; ++i) stream.AppendAsync(One("x"), {}, answers.Collect());
  ASSERT_OK(log().Close());
  EXPECT_EQ(answers.size(), 300u);
  EXPECT_THAT(answers.Await(300), Each(IsOk()));
  stream.AppendAsync(One("late"), {}, answers.Collect());
  const std::vector<absl::StatusOr<AppendResult>> late = answers.Await(301);
  EXPECT_THAT(late.back(), StatusIs(absl::StatusCode::kFailedPrecondition));
  Restart();
  EXPECT_THAT(Read("s"), SizeIs(300));
}

TEST_P(AsyncTest, CloseWakesAProducerThatWaitsForRoom) {
  OpenTight();
  Stream stream = Create("s", {.durability = Durability::kOs});
  Answers answers;
  std::atomic<bool> open{false};
  std::atomic<int> accepted{0};
  stream.AppendAsync(One("gate"), {}, [&](const absl::StatusOr<AppendResult>& result) {
    open.wait(false);
    answers.Add(result);
  });
  std::thread producer([&] {
    for (int i = 0; i < 100; ++i) {
      stream.AppendAsync(One("x"), {}, answers.Collect());
      ++accepted;
    }
  });
  while (accepted.load() < 3) std::this_thread::yield();
  std::thread closer([this] { EXPECT_OK(log().Close()); });
  producer.join();  // refused, no longer blocked
  open = true;
  open.notify_all();
  closer.join();
  size_t kept = 0;
  for (const absl::StatusOr<AppendResult>& result : answers.Await(101)) {
    if (result.ok()) {
      ++kept;
    } else {
      EXPECT_THAT(result, StatusIs(absl::StatusCode::kFailedPrecondition));
    }
  }
  Restart();
  EXPECT_THAT(Read("s"), SizeIs(kept));
}

TEST_P(AsyncTest, ManyThreadsBlockingAndNot) {
  Stream streams[] = {Create("a", {.partitions = 4}), Create("b", {.durability = Durability::kOs})};
  std::vector<std::thread> threads;
  Answers answers;
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&, t] {
      Stream& stream = streams[t % 2];
      for (int i = 0; i < 100; ++i) {
        const auto level = static_cast<Durability>(1 + (i + t) % 3);
        if (i % 2 == 0) {
          stream.AppendAsync(One("x"), {.durability = level}, answers.Collect());
        } else {
          EXPECT_OK(stream.Append({{"v", "y"}}, {.durability = level}));
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(answers.Await(300), Each(IsOk()));
  ASSERT_OK(log().Sync());
  EXPECT_THAT(Read("a"), SizeIs(300));
  EXPECT_THAT(Read("b"), SizeIs(300));
}

}  // namespace
}  // namespace evlog
