// The working parts of a log in a directory of their own: store, committer, catalog, clock.
#ifndef EVLOG_TESTS_LOG_ENGINE_H_
#define EVLOG_TESTS_LOG_ENGINE_H_

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "log/catalog.h"
#include "log/committer.h"
#include "log/log_probe.h"
#include "log/store/store.h"
#include "log/stream_reader.h"
#include "tests/log/chunks.h"
#include "tests/log/requests.h"
#include "tests/support/fault_fs.h"
#include "tests/support/manual_clock.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace evlog {

class Engine {
 public:
  struct Options {
    size_t in_flight_bytes = size_t{16} << 20;
    size_t tail_cache_bytes = size_t{1} << 20;
    size_t idle_streams_max = 100;
  };

  explicit Engine(Options options)
      : options_(options), fs_(std::make_shared<FaultFs>(temp_.Path("stash"))) {
    Start();
  }
  Engine() : Engine(Options()) {}
  ~Engine() { Stop().IgnoreError(); }

  // Opens the directory; a test that goes on without it means nothing, so an error aborts.
  void Start() {
    StoreOptions store;
    store.memtable_bytes = size_t{4} << 20;
    store.block_cache_bytes = size_t{1} << 20;
    absl::StatusOr<std::unique_ptr<Store>> opened =
        Store::Open(directory(), std::move(store), StoreEnvironment{fs_});
    Require(opened.status());
    store_ = *std::move(opened);
    Committer::Options committer;
    committer.in_flight_bytes = options_.in_flight_bytes;
    committer.tail_cache_bytes = options_.tail_cache_bytes;
    committer.clock = &clock_;
    committer.probe = &probe_;
    committer_ = std::make_unique<Committer>(store_.get(), std::move(committer));
    catalog_ = std::make_unique<Catalog>(store_.get(), committer_.get(), &probe_,
                                         options_.idle_streams_max);
    Require(catalog_->Load());
  }

  // Closes; the files stay.
  absl::Status Stop() {
    if (committer_ == nullptr) return absl::OkStatus();
    const absl::Status status = committer_->Close();
    catalog_->Close();
    catalog_.reset();
    committer_.reset();
    store_.reset();
    return status;
  }
  void Restart() {
    Require(Stop());
    Start();
  }
  // What Log::Reopen does.
  absl::Status Reopen() {
    return committer_->Reopen([this] { return catalog_->Load(); });
  }

  std::shared_ptr<StreamState> Stream(std::string_view name,
                                      Durability durability = Durability::kOs,
                                      uint32_t partitions = 1) {
    StreamOptions options;
    options.partitions = partitions;
    options.durability = durability;
    absl::StatusOr<Catalog::Found> found = catalog_->FindOrCreate(0, name, options);
    Require(found.status());
    return found->stream;
  }

  absl::StatusOr<AppendResult> Append(const std::shared_ptr<StreamState>& stream,
                                      const std::vector<Draft>& drafts,
                                      Durability durability = Durability::kOs) {
    absl::StatusOr<std::unique_ptr<Request>> request = MakeRequest(stream, drafts, durability);
    if (!request.ok()) return request.status();
    if (durability == Durability::kAsync) return committer_->RunOrdered(*std::move(request));
    if (absl::Status status = committer_->Run(request->get()); !status.ok()) return status;
    return (*request)->result;
  }
  absl::StatusOr<AppendResult> Append(const std::shared_ptr<StreamState>& stream, std::string value,
                                      Durability durability = Durability::kOs) {
    return Append(stream, Values({std::move(value)}), durability);
  }
  void AppendAsync(const std::shared_ptr<StreamState>& stream, std::string value,
                   Durability durability, AppendCallback done) {
    absl::StatusOr<std::unique_ptr<Request>> request =
        MakeRequest(stream, Values({std::move(value)}), durability);
    Require(request.status());
    (*request)->done = std::move(done);
    committer_->RunAsync(*std::move(request));
  }
  absl::Status Sync() {
    Request request;
    request.durability = Durability::kSync;
    return committer_->Run(&request);
  }

  absl::StatusOr<std::unique_ptr<StreamReader>> Read(const std::shared_ptr<StreamState>& stream,
                                                     const ReadRequest& request) {
    ReaderContext context;
    context.store = store_.get();
    context.clock = &clock_;
    return StreamReader::Make(std::move(context), stream, request);
  }
  // All entries that readers see now.
  absl::StatusOr<std::vector<OwnedEntry>> ReadAll(const std::shared_ptr<StreamState>& stream,
                                                  const ReadRequest& request = {}) {
    absl::StatusOr<std::unique_ptr<StreamReader>> reader = Read(stream, request);
    if (!reader.ok()) return reader.status();
    std::vector<OwnedEntry> entries;
    ChunkView view;
    for (;;) {
      const absl::StatusOr<bool> more = (*reader)->Next(&view, absl::InfinitePast(), {});
      if (!more.ok()) return more.status();
      if (!*more) return entries;
      for (OwnedEntry& entry : Walk(view)) entries.push_back(std::move(entry));
    }
  }
  // Their values, one field each.
  std::vector<std::string> ReadValues(const std::shared_ptr<StreamState>& stream,
                                      const ReadRequest& request = {}) {
    absl::StatusOr<std::vector<OwnedEntry>> entries = ReadAll(stream, request);
    EXPECT_OK(entries);
    std::vector<std::string> values;
    if (!entries.ok()) return values;
    for (OwnedEntry& entry : *entries) values.push_back(entry.fields[0].second);
    return values;
  }

  std::string directory() const { return temp_.Path("log"); }
  FaultFs& fs() { return *fs_; }
  ManualClock& clock() { return clock_; }
  LogProbe& probe() { return probe_; }
  Store& store() { return *store_; }
  Committer& committer() { return *committer_; }
  Catalog& catalog() { return *catalog_; }

 private:
  static void Require(const absl::Status& status) {
    if (status.ok()) return;
    std::fprintf(stderr, "%s\n", status.ToString().c_str());
    std::abort();
  }

  const Options options_;
  const TempDir temp_;
  const std::shared_ptr<FaultFs> fs_;
  ManualClock clock_;
  MetricsRegistry metrics_;
  LogProbe probe_{&metrics_};
  std::unique_ptr<Store> store_;
  std::unique_ptr<Committer> committer_;
  std::unique_ptr<Catalog> catalog_;
};

}  // namespace evlog

#endif  // EVLOG_TESTS_LOG_ENGINE_H_
