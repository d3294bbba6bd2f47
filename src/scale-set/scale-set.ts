import { asObject, flagMember, instantMember, integerMember, listMember, member, textMember } from "./json.ts";
import { decodeStatistics, type Statistics } from "./statistics.ts";

export interface Label {
  readonly name: string;
  /** `System` unless told otherwise. */
  readonly type: string;
}

/** A runner scale set as the service describes it. */
export interface RunnerScaleSet {
  readonly id: number;
  readonly name: string;
  readonly runnerGroupId: number;
  readonly runnerGroupName: string;
  readonly labels: readonly Label[];
  /** The runners do not update themselves. */
  readonly disableUpdate: boolean;
  readonly createdAtMs: number | undefined;
  readonly runnerJitConfigUrl: string;
  readonly statistics: Statistics | null;
}

/** What a caller may say about a scale set. In an update, what is absent stays as it is. */
export interface ScaleSetSettings {
  readonly name?: string;
  readonly runnerGroupId?: number;
  /** Default when creating: one label with the scale set's name. */
  readonly labels?: readonly { readonly name: string; readonly type?: string }[];
  /** The service takes `true` only; `false` leaves an existing setting as it is. */
  readonly disableUpdate?: boolean;
}

export interface RunnerGroup {
  readonly id: number;
  readonly name: string;
  readonly size: number;
  readonly isDefaultGroup: boolean;
}

/** A registered runner. */
export interface RunnerReference {
  readonly id: number;
  readonly name: string;
  readonly runnerScaleSetId: number;
}

/** Members in the order and with the omissions of GitHub's own client. */
export function encodeScaleSet(settings: ScaleSetSettings): object {
  return {
    ...(settings.name ? { name: settings.name } : {}),
    ...(settings.runnerGroupId ? { runnerGroupId: settings.runnerGroupId } : {}),
    ...(settings.labels !== undefined && settings.labels.length > 0
      ? { labels: settings.labels.map(({ name, type }) => ({ type: type || "System", name })) }
      : {}),
    RunnerSetting: settings.disableUpdate === true ? { disableUpdate: true } : {},
    createdOn: "0001-01-01T00:00:00Z",
  };
}

export function decodeScaleSet(value: unknown): RunnerScaleSet {
  const object = asObject(value, "the scale set");
  return {
    id: integerMember(object, "id"),
    name: textMember(object, "name"),
    runnerGroupId: integerMember(object, "runnerGroupId"),
    runnerGroupName: textMember(object, "runnerGroupName"),
    labels: listMember(object, "labels").map((label) => {
      const members = asObject(label, "a label");
      return { name: textMember(members, "name"), type: textMember(members, "type") };
    }),
    disableUpdate: flagMember(asObject(member(object, "RunnerSetting"), "RunnerSetting"), "disableUpdate"),
    createdAtMs: instantMember(object, "createdOn"),
    runnerJitConfigUrl: textMember(object, "runnerJitConfigUrl"),
    statistics: decodeStatistics(member(object, "statistics")),
  };
}

export function decodeRunnerGroup(value: unknown): RunnerGroup {
  const object = asObject(value, "the runner group");
  return {
    id: integerMember(object, "id"),
    name: textMember(object, "name"),
    size: integerMember(object, "size"),
    isDefaultGroup: flagMember(object, "isDefaultGroup"),
  };
}

export function decodeRunner(value: unknown): RunnerReference {
  const object = asObject(value, "the runner");
  return {
    id: integerMember(object, "id"),
    name: textMember(object, "name"),
    runnerScaleSetId: integerMember(object, "runnerScaleSetId"),
  };
}

/** Elements of a `{"count", "value"}` answer; the list is believed, not the count. */
export function decodeList<T>(value: unknown, decode: (element: unknown) => T): readonly T[] {
  return listMember(asObject(value, "the list"), "value").map(decode);
}
