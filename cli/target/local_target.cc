#include "cli/target/local_target.h"

#include <fmt/format.h>

#include <utility>

#include "cli/bulk_append.h"
#include "cli/reading.h"
#include "cli/stream_settings.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

class LocalStream : public TargetStream {
 public:
  explicit LocalStream(Stream stream) : stream_(std::move(stream)) {}

  absl::StatusOr<AppendResult> Append(Fields fields, const AppendOptions& options) override {
    return stream_.Append(fields, options);
  }
  std::unique_ptr<EntryAppender> AppendMany(const BulkOptions& options) override {
    return std::make_unique<BulkAppender>(stream_, options);
  }
  absl::StatusOr<Ticket> Schedule(Fields fields, absl::Time at,
                                  const ScheduleOptions& options) override {
    return stream_.Schedule(fields, at, options);
  }
  absl::StatusOr<Trimmed> Trim(const TrimOptions& options) override {
    ASSIGN_OR_RETURN(const TrimResult result, stream_.Trim(options));
    return Trimmed{result.entries, result.bytes};
  }
  absl::StatusOr<uint64_t> Delete(std::span<const EntryId> ids, References references) override {
    ASSIGN_OR_RETURN(const DeleteResult result, stream_.Delete(ids, {.references = references}));
    return result.entries;
  }
  std::optional<StreamOptions> options() const override { return stream_.options(); }

 private:
  Stream stream_;
};

HandedOut FromDeliveries(Deliveries deliveries) {
  return {std::move(deliveries.runs), deliveries.receipt.size(), std::move(deliveries.receipt), {}};
}

TakenOver FromClaimed(Claimed claimed) {
  return {FromDeliveries(std::move(claimed.taken)), std::move(claimed.gone), claimed.next};
}

class LocalGroup : public TargetGroup {
 public:
  explicit LocalGroup(Group group) : group_(std::move(group)) {}

  absl::StatusOr<HandedOut> Read(std::string_view consumer,
                                 const GroupReadOptions& options) override {
    ASSIGN_OR_RETURN(Deliveries got, group_.Read(consumer, options));
    return FromDeliveries(std::move(got));
  }
  absl::Status AckRead(const HandedOut& handed) override {
    return group_.Ack(handed.receipt).status();
  }
  absl::StatusOr<uint64_t> Ack(std::span<const EntryId> ids) override { return group_.Ack(ids); }
  absl::StatusOr<uint64_t> AckDelete(std::span<const EntryId> ids, References references) override {
    ASSIGN_OR_RETURN(const DeleteResult result, group_.AckDelete(ids, {.references = references}));
    return result.entries;
  }
  absl::StatusOr<uint64_t> Nack(std::span<const EntryId> ids, const NackOptions& options) override {
    return group_.Nack(ids, options);
  }
  absl::StatusOr<uint64_t> DeadLetter(std::span<const EntryId> ids) override {
    return group_.DeadLetter(ids);
  }
  absl::StatusOr<TakenOver> Claim(std::string_view consumer, std::span<const EntryId> ids,
                                  const ClaimOptions& options) override {
    ASSIGN_OR_RETURN(Claimed claimed, group_.Claim(consumer, ids, options));
    return FromClaimed(std::move(claimed));
  }
  absl::StatusOr<TakenOver> AutoClaim(std::string_view consumer, EntryId from, uint64_t count,
                                      const ClaimOptions& options) override {
    ASSIGN_OR_RETURN(Claimed claimed, group_.AutoClaim(consumer, from, count, options));
    return FromClaimed(std::move(claimed));
  }
  absl::StatusOr<std::vector<PendingEntry>> ListPending(const PendingFilter& filter) override {
    return group_.ListPending(filter);
  }
  absl::Status AddConsumer(std::string_view consumer) override {
    return group_.AddConsumer(consumer).status();
  }
  absl::StatusOr<uint64_t> RemoveConsumer(std::string_view consumer, bool forget) override {
    return group_.RemoveConsumer(consumer, forget);
  }
  absl::Status Seek(const Bound& to, bool forget) override { return group_.Seek(to, forget); }
  absl::StatusOr<GroupDescription> Describe() override { return group_.Describe(); }
  absl::Status Alter(const GroupOptions& options) override { return group_.Alter(options); }

 private:
  Group group_;
};

class LocalTarget : public LogTarget {
 public:
  explicit LocalTarget(OpenedLog log) : log_(std::move(log)) {}

  bool tells_settings() override { return true; }

  absl::StatusOr<std::unique_ptr<TargetStream>> OpenStream(std::string_view name,
                                                           const StreamOptions& options,
                                                           IfMissing if_missing) override {
    ASSIGN_OR_RETURN(Stream stream, log_->OpenStream(name, options, if_missing));
    return std::make_unique<LocalStream>(std::move(stream));
  }
  absl::Status CreateStream(std::string_view name, const NewStream& stream) override {
    StreamOptions options;
    options.partitions = stream.partitions.value_or(options.partitions);
    ApplyChanges(stream.settings, &options);
    return log_->CreateStream(name, options).status();
  }
  absl::Status AlterStream(std::string_view name, const StreamChanges& changes) override {
    return log_->AlterStream(name, changes);
  }
  absl::Status RenameStream(std::string_view from, std::string_view to, bool replace) override {
    return log_->RenameStream(from, to, replace);
  }
  absl::Status CopyStream(std::string_view from, std::string_view to,
                          const CopyOptions& options) override {
    return log_->CopyStream(from, to, options);
  }
  absl::Status DropStream(std::string_view name) override { return log_->DropStream(name); }
  absl::StatusOr<std::vector<StreamInfo>> ListStreams(const ListOptions& options) override {
    return log_->ListStreams(options);
  }
  absl::StatusOr<StreamInfo> DescribeStream(std::string_view name) override {
    return log_->DescribeStream(name);
  }
  absl::StatusOr<std::unique_ptr<LogTarget>> InDatabase(int database) override {
    ASSIGN_OR_RETURN(std::unique_ptr<EventLog> part, log_->InDatabase(database));
    return std::make_unique<LocalTarget>(OpenedLog(std::move(part)));
  }
  absl::StatusOr<std::unique_ptr<EntrySource>> Read(const ReadRequest& request,
                                                    const std::stop_token& stop) override {
    ASSIGN_OR_RETURN(Cursor cursor, OpenCursor(*log_, request, stop));
    return std::make_unique<CursorSource>(std::move(cursor));
  }

  absl::Status CreateGroup(std::string_view stream, std::string_view name, const NewGroup& group,
                           const Bound& from) override {
    if (!group.create_stream) {
      RETURN_IF_ERROR(log_->OpenStream(stream, {}, IfMissing::kError).status());
    }
    return log_->CreateGroup(stream, name, group.options, from).status();
  }
  absl::StatusOr<std::unique_ptr<TargetGroup>> OpenGroup(std::string_view stream,
                                                         std::string_view name) override {
    ASSIGN_OR_RETURN(Group group, log_->OpenGroup(stream, name));
    return std::make_unique<LocalGroup>(std::move(group));
  }
  absl::Status DestroyGroup(std::string_view stream, std::string_view name) override {
    return log_->DestroyGroup(stream, name);
  }
  absl::StatusOr<std::vector<std::string>> ListGroups(std::string_view stream) override {
    return log_->ListGroups(stream);
  }

  absl::Status AddRoute(const Route& route) override { return log_->AddRoute(route); }
  absl::Status RemoveRoute(std::string_view pattern, std::string_view stream) override {
    return log_->RemoveRoute(pattern, stream);
  }
  absl::StatusOr<std::vector<Route>> ListRoutes() override { return log_->ListRoutes(); }

  absl::StatusOr<std::string> Identify(const StreamInfo& stream) override {
    ASSIGN_OR_RETURN(const LogInfo info, log_->Describe());
    return fmt::format("stream {} of log {:016x}", stream.stream_id, info.log_id);
  }
  absl::Status Finish(bool removed) override {
    return removed ? MaintainAndClose(*log_) : log_->Close();
  }
  EventLog* local() override { return log_.get(); }

 private:
  OpenedLog log_;
};

}  // namespace

std::unique_ptr<LogTarget> MakeLocalTarget(OpenedLog log) {
  return std::make_unique<LocalTarget>(std::move(log));
}

}  // namespace evlog::cli
