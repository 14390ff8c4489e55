// T4: each file of a log is damaged in turn, at many places. Whatever is read then is what was
// written, or an error that names what is damaged; never something else, and never less without a
// word. `verify` finds it, and the rest stays readable.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "evlog/event_log.h"
#include "evlog/verify.h"
#include "log/base/status.h"
#include "tests/support/files.h"
#include "tests/support/manual_clock.h"
#include "tests/support/owned_entry.h"
#include "tests/support/rng.h"
#include "tests/support/soak.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace evlog {
namespace {

namespace filesystem = std::filesystem;

// What is done to a file.
struct Damage {
  enum class Kind { kFlip, kZeroes, kCut, kGone };
  Kind kind;
  uint64_t at = 0;  // byte
  int bit = 0;

  std::string Text() const {
    switch (kind) {
      case Kind::kFlip:
        return fmt::format("bit {} of byte {} flipped", bit, at);
      case Kind::kZeroes:
        return fmt::format("512 bytes from {} are zeros", at);
      case Kind::kCut:
        return fmt::format("cut to {} bytes", at);
      case Kind::kGone:
        return "deleted";
    }
    return "";
  }
  void Do(const std::string& path) const {
    if (kind == Kind::kGone) {
      filesystem::remove(path);
      return;
    }
    std::string bytes = ReadFile(path);
    if (kind == Kind::kFlip) bytes[at] = static_cast<char>(bytes[at] ^ (1 << bit));
    if (kind == Kind::kZeroes) {
      const size_t size = std::min<size_t>(512, bytes.size() - at);
      std::fill_n(bytes.begin() + static_cast<ptrdiff_t>(at), size, '\0');
    }
    if (kind == Kind::kCut) bytes.resize(at);
    WriteFile(path, bytes);
  }
};

// What a log holds: of each stream its entries, of each group what is pending, and the state.
using Content = std::map<std::string, std::vector<std::string>>;

class DamageTest : public ::testing::Test {
 protected:
  static constexpr const char* kStreams[] = {"large", "small", "trimmed"};

  DamageTest() { Make(); }

  OpenOptions Options() {
    OpenOptions options;
    options.clock = &clock_;
    options.maintenance_interval = absl::InfiniteDuration();
    options.memtable_bytes = size_t{64} << 10;
    return options;
  }

  void Make() {
    ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventLog> log, Open(base(), Options()));
    Rng rng(1);
    for (int round = 0; round < 3; ++round) {  // the last of them in the write-ahead log
      for (const char* name : kStreams) {
        ASSERT_OK_AND_ASSIGN(
            Stream stream, log->OpenStream(name, {.partitions = 2, .durability = Durability::kOs}));
        for (int i = 0; i < 60; ++i) {
          ASSERT_OK(
              stream.Append({{"n", std::to_string(round * 60 + i)},
                             {"fill", Random(&rng, name == std::string("small") ? 10 : 700)}}));
          clock_.Advance(absl::Milliseconds(1));
        }
      }
      ASSERT_OK_AND_ASSIGN(Group group, log->OpenGroup("small", "g", GroupOptions()));
      ASSERT_OK_AND_ASSIGN(const Deliveries got, group.Read("anna", {.count = 40}));
      if (round == 1) {
        ASSERT_OK(group.Ack(got.receipt));
        // This early, so that of trims too there is a table: theirs alone have filters.
        ASSERT_OK_AND_ASSIGN(Stream trimmed, log->OpenStream("trimmed"));
        ASSERT_OK(trimmed.Trim({.keep = {.max_entries = 100, .exact = true}}));
      }
      Transaction transaction;
      transaction.PutState("space", "round", std::to_string(round));
      ASSERT_OK(log->Commit(std::move(transaction)));
    }
    ASSERT_OK_AND_ASSIGN(Stream trimmed, log->OpenStream("trimmed"));
    ASSERT_OK(trimmed.Trim({.keep = {.max_entries = 100, .exact = true}}));
    ASSERT_OK(log->AddRoute({.pattern = "a.*", .stream = "small"}));
    absl::Status error;
    content_ = ContentOf(*log, &error);
    ASSERT_OK(error);
    ASSERT_EQ(content_["large"].size(), 180u);
    ASSERT_EQ(content_["pending"].size(), 80u);
  }

  // Hard to compress.
  static std::string Random(Rng* rng, size_t size) {
    std::string text(size, ' ');
    for (char& c : text) c = static_cast<char>('a' + rng->Below(26));
    return text;
  }

  // All that can be read; `error`: the first that was met.
  static Content ContentOf(EventLog& log, absl::Status* error) {
    Content content;
    for (const char* name : kStreams) {
      absl::StatusOr<std::vector<OwnedEntry>> entries = ReadAll(log, {.stream = name});
      error->Update(entries.status());
      if (!entries.ok()) continue;
      for (const OwnedEntry& entry : *entries) content[name].push_back(TextOf(entry));
    }
    absl::StatusOr<Group> group = log.OpenGroup("small", "g");
    error->Update(group.status());
    if (group.ok()) {
      const absl::StatusOr<std::vector<PendingEntry>> pending = group->ListPending();
      error->Update(pending.status());
      if (pending.ok()) {
        for (const PendingEntry& one : *pending) {
          content["pending"].push_back(one.id.ToString() + one.consumer);
        }
      }
    }
    const auto state = log.ListState("space");
    error->Update(state.status());
    if (state.ok()) {
      for (const auto& [key, value] : *state) content["state"].push_back(key + value);
    }
    const auto routes = log.ListRoutes();
    error->Update(routes.status());
    if (routes.ok()) content["routes"].push_back(std::to_string(routes->size()));
    return content;
  }
  static std::string TextOf(const OwnedEntry& entry) {
    return fmt::format("{} {} {}", entry.id.ToString(), std::string(entry.value("n")),
                       std::string(entry.value("fill")));
  }

  // Of those entries that can be read one by one, how many; each is what it was.
  size_t ReadableOneByOne(EventLog& log, const std::string& stream) {
    size_t readable = 0;
    const std::vector<std::string>& all = content_[stream];
    for (const std::string& text : all) {
      const EntryId id = *EntryId::Parse(text.substr(0, text.find(' ')));
      const auto one = ReadAll(
          log, {.stream = stream, .from = Bound::Id(id), .until = Bound::Id(id), .limit = 1});
      if (!one.ok()) continue;
      EXPECT_EQ(one->size(), 1u) << text;
      if (one->size() == 1 && TextOf(one->front()) == text) ++readable;
    }
    return readable;
  }

  // `file`: below the log's directory.
  void Judge(const std::string& file, const Damage& damage) {
    SCOPED_TRACE(file + ": " + damage.Text());
    const std::string directory = temp_.Path("damaged");
    filesystem::remove_all(directory);
    filesystem::copy(base(), directory, filesystem::copy_options::recursive);
    damage.Do(directory + "/" + file);
    const std::string name = filesystem::path(file).filename().string();

    const absl::StatusOr<VerifyReport> report = VerifyDirectory(directory);
    const bool found = !report.ok() || !report->ok();
    std::string said = report.ok() ? "" : MessageOf(report.status());
    if (report.ok()) {
      for (const std::string& finding : report->findings) said += finding + "\n";
    }
    const absl::StatusOr<std::unique_ptr<EventLog>> log = Open(directory, Options());
    if (!log.ok()) {
      ++refused_;
      EXPECT_TRUE(absl::IsDataLoss(log.status()) || absl::IsFailedPrecondition(log.status()))
          << log.status();
      EXPECT_TRUE(Names(MessageOf(log.status()), name)) << log.status();
      EXPECT_TRUE(found) << log.status();
      return;
    }
    absl::Status error;
    Content content = ContentOf(**log, &error);
    if (!error.ok()) {
      ++damaged_;
      EXPECT_TRUE(absl::IsDataLoss(error)) << error;
      EXPECT_TRUE(Names(MessageOf(error), name)) << error;
      EXPECT_TRUE(found) << "verify found nothing, but: " << error;
      EXPECT_TRUE(Names(said, name)) << said;
      size_t readable = 0;
      for (const char* stream : kStreams) readable += ReadableOneByOne(**log, stream);
      // Where the names of streams are damaged, there is nothing to ask for.
      if (readable == 0) {
        EXPECT_TRUE(absl::IsDataLoss((*log)->ListStreams().status()));
        ++nameless_;
      } else {
        least_readable_ = std::min(least_readable_, readable);
      }
      // What could be read is what was written.
      for (const auto& [what, lines] : content) {
        if (!lines.empty()) {
          EXPECT_EQ(lines, content_[what]) << what;
        }
      }
      return;
    }
    ++whole_;
    EXPECT_EQ(content, content_);
  }
  // A file that is gone may be missed by the number of a table, or by what names it.
  static bool Names(const std::string& text, const std::string& file) {
    if (text.find(file) != std::string::npos) return true;
    // Nothing but what a close has noted tells that there was more.
    if (file.ends_with(".log") && text.find("its last files are missing") != std::string::npos) {
      return true;
    }
    const std::string number = file.substr(0, file.find('.'));
    return text.find(number) != std::string::npos;
  }

  std::string base() const { return temp_.Path("base"); }

  TempDir temp_;
  ManualClock clock_;
  Content content_;
  int refused_ = 0, damaged_ = 0, whole_ = 0, nameless_ = 0;
  size_t least_readable_ = SIZE_MAX;
};

TEST_F(DamageTest, IsFoundAndNamedAndNeverLessWithoutAWord) {
  Rng rng(TestSeed(1));
  const uint64_t each = SoakOr(150, 5);
  std::map<std::string, int> kinds;
  std::vector<filesystem::path> files;
  for (const auto& child : filesystem::recursive_directory_iterator(base())) {
    if (child.is_regular_file()) files.push_back(child.path());
  }
  std::sort(files.begin(), files.end());
  for (const filesystem::path& path : files) {
    const std::string name = path.filename().string();
    // Nothing of the log: locks, and what RocksDB tells about itself.
    if (name == "LOCK" || name == "RESERVE" || name.starts_with("LOG")) continue;
    const uint64_t size = filesystem::file_size(path);
    if (size == 0) continue;
    ++kinds[path.extension().empty() ? name.substr(0, name.find('-')) : path.extension().string()];
    const std::string file = filesystem::relative(path, base()).string();
    std::vector<Damage> damages = {{Damage::Kind::kGone},
                                   {Damage::Kind::kCut, 0},
                                   {Damage::Kind::kCut, size - 1},
                                   {Damage::Kind::kFlip, 0, 0},
                                   {Damage::Kind::kFlip, size - 1, 7}};
    for (uint64_t i = 0; i < each; ++i) {
      damages.push_back({Damage::Kind::kFlip, rng.Below(size), static_cast<int>(rng.Below(8))});
      if (i % 3 == 0) damages.push_back({Damage::Kind::kZeroes, rng.Below(size)});
      if (i % 3 == 1) damages.push_back({Damage::Kind::kCut, rng.Below(size)});
    }
    for (const Damage& damage : damages) {
      ASSERT_NO_FATAL_FAILURE(Judge(file, damage));
      if (HasFailure()) return;
    }
  }
  EXPECT_GE(kinds[".sst"], 3) << "too few kinds of files";
  EXPECT_GE(kinds[".log"], 1);
  EXPECT_EQ(kinds["EVLOG"] + kinds["CURRENT"] + kinds["MANIFEST"], 3);
  EXPECT_GT(refused_, 10);
  EXPECT_GT(damaged_, 10);
  EXPECT_LT(nameless_, damaged_ / 2);
  fmt::print(
      "{} refused to open, {} found while reading, {} did no harm; at least {} of 460 "
      "entries readable\n",
      refused_, damaged_, whole_, least_readable_);
}

// What RocksDB reads when it opens a table, some of it by the store's options only, as the filter.
TEST_F(DamageTest, TheEndOfEachTable) {
  const uint64_t step = SoakOr(3, 40);
  int filters = 0;
  for (const auto& child : filesystem::directory_iterator(base() + "/db")) {
    if (child.path().extension() != ".sst") continue;
    filters += ReadFile(child.path()).find("filter.rocksdb") != std::string::npos ? 1 : 0;
    const uint64_t size = child.file_size();
    for (uint64_t at = size - std::min<uint64_t>(size, 1200); at < size; at += step) {
      const Damage damage{Damage::Kind::kFlip, at, static_cast<int>(at % 8)};
      ASSERT_NO_FATAL_FAILURE(Judge("db/" + child.path().filename().string(), damage));
      if (HasFailure()) return;
    }
  }
  EXPECT_GE(filters, 1);
}

}  // namespace
}  // namespace evlog
