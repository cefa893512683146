// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Test} from "forge-std/Test.sol";
import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {BTSc} from "../contracts/BTSc.sol";
import {Membership} from "../contracts/Membership.sol";
import {MembershipRegistry} from "../contracts/MembershipRegistry.sol";
import {RenewalLens} from "../contracts/RenewalLens.sol";
import {ReferencePrice} from "../contracts/ReferencePrice.sol";
import {Staking} from "../contracts/Staking.sol";
import {IMembership} from "../contracts/interfaces/IMembership.sol";
import {IStakingPool} from "../contracts/interfaces/IStakingPool.sol";
import {OperationPool} from "../contracts/pools/OperationPool.sol";
import {RewardPool} from "../contracts/pools/RewardPool.sol";
import {StakingPool} from "../contracts/pools/StakingPool.sol";
import {Deploy} from "../scripts/Deploy.s.sol";
import {Configuration} from "../scripts/lib/Configuration.sol";
import {Part} from "../scripts/lib/Plan.sol";

/// @dev Every actor, bound and default of the tests, and the real contracts wired by a real AccessManager.
abstract contract BaseTest is Test {
    // Time begins here; the contracts were deployed `DELAY` earlier, so that a change can have waited already.
    uint40 internal constant START = 1_800_000_000;
    uint32 internal constant DELAY = 2 days;
    uint32 internal constant GRANT_DELAY = 3 days;
    uint32 internal constant TARGET_DELAY = 4 days;

    uint256 internal constant UNIT = 1e18;
    uint256 internal constant BASIS_POINTS = 10_000;
    uint256 internal constant SUPPLY = 1_200_000_000e18;
    uint256 internal constant FUNDS = 10_000_000e18;

    uint256 internal constant PRICE = 2.5e18;
    uint256 internal constant BAND_MINIMUM = 0.1e18;
    uint256 internal constant BAND_MAXIMUM = 100e18;
    uint16 internal constant MAXIMUM_MOVE = 1000;
    uint40 internal constant MAXIMUM_AGE = 30 hours;

    uint256 internal constant NORMAL_FEE = 10e18;
    uint256 internal constant PRO_FEE = 30e18;
    uint256 internal constant LOWEST_FEE = 0.01e18;
    uint256 internal constant HIGHEST_FEE = 10_000e18;
    uint16 internal constant REWARD_SHARE = 3000;
    uint16 internal constant OPERATION_SHARE = 5000;
    uint16 internal constant STAKING_SHARE = 2000;
    uint40 internal constant PERIOD = 30 days;
    uint40 internal constant RENEWAL_WINDOW = 7 days;
    uint16 internal constant MAXIMUM_PERIODS = 12;

    uint40 internal constant COOLDOWN = 7 days;
    uint40 internal constant SUCCESSION = 15 days;
    uint40 internal constant REWARD_TIME = 30 days;
    uint40 internal constant LONGEST_COOLDOWN = 14 days;
    uint128 internal constant LEVEL_1_AMOUNT = 1000e18;
    uint128 internal constant LEVEL_2_AMOUNT = 5000e18;
    uint40 internal constant LEVEL_2_HELD = 10 days;
    uint128 internal constant LEVEL_3_AMOUNT = 20_000e18;
    uint40 internal constant LEVEL_3_HELD = 20 days;

    uint40 internal constant EPOCH = 7 days;
    uint40 internal constant CHALLENGE = 2 days;
    uint256 internal constant EPOCH_CAP = 10_000e18;
    uint256 internal constant HIGHEST_EPOCH_CAP = 1_000_000e18;
    uint256 internal constant BUDGET = 5000e18;
    uint256 internal constant HIGHEST_BUDGET = 1_000_000e18;
    uint16 internal constant RELEASE_SHARE = 2500;

    IMembership.Tier internal constant LIGHT = IMembership.Tier.Light;
    IMembership.Tier internal constant NORMAL = IMembership.Tier.Normal;
    IMembership.Tier internal constant PRO = IMembership.Tier.Pro;

    // Members: each holds `FUNDS` and lets Membership and Staking take what they want.
    Account internal alice = makeAccount("alice");
    Account internal bob = makeAccount("bob");
    Account internal carol = makeAccount("carol");
    // Submits what others signed, and holds no token.
    address internal relayer = makeAddr("relayer");
    address internal stranger = makeAddr("stranger");
    address internal treasury = makeAddr("treasury");
    address internal recipient = makeAddr("recipient");

    address internal admin = makeAddr("admin");
    address internal configurer = makeAddr("configurer");
    address internal guardian = makeAddr("guardian");
    address internal poster = makeAddr("poster");
    address internal spender = makeAddr("spender");
    address internal publisher = makeAddr("publisher");
    address internal vetoer = makeAddr("vetoer");

    // Receive what the staking pool releases.
    address internal featureA = makeAddr("feature A");
    address internal featureB = makeAddr("feature B");
    address internal featureC = makeAddr("feature C");

    AccessManager internal manager;
    TimelockController internal timelock;
    BTSc internal btsc;
    IERC20 internal token;
    ReferencePrice internal referencePrice;
    Membership internal membership;
    MembershipRegistry internal registry;
    RenewalLens internal renewalLens;
    Staking internal staking;
    RewardPool internal rewardPool;
    OperationPool internal operationPool;
    StakingPool internal stakingPool;

    uint256 private _deployments;
    address[] private _funded;
    mapping(address account => uint256) private _balanceBefore;

    function setUp() public virtual {
        deployFor(address(0));
    }

    // ------------------------------------------------------------------ deployment

    /// @dev Everything that is deployed is deployed by the script that is used everywhere, with the values above.
    function configuration() internal view returns (Configuration memory c) {
        c.network = "test";
        // Others than those of scripts/config, and one for each deployment: each has addresses of its own.
        (c.chainId, c.version) = (block.chainid, 1000 + _deployments);
        c.initialHolder = treasury;
        (c.initialPrice, c.bandMinimum, c.bandMaximum) = (PRICE, BAND_MINIMUM, BAND_MAXIMUM);
        (c.maximumMove, c.maximumAge) = (MAXIMUM_MOVE, MAXIMUM_AGE);
        c.feedAge = 1 days;
        (c.normalFee, c.proFee) = (NORMAL_FEE, PRO_FEE);
        (c.rewardShare, c.operationShare, c.stakingShare) = (REWARD_SHARE, OPERATION_SHARE, STAKING_SHARE);
        (c.cooldown, c.succession, c.rewardTime) = (COOLDOWN, SUCCESSION, REWARD_TIME);
        c.levelAmounts = _list(LEVEL_1_AMOUNT, LEVEL_2_AMOUNT, LEVEL_3_AMOUNT);
        c.levelTimes = _list(0, LEVEL_2_HELD, LEVEL_3_HELD);
        (c.rewardEpoch, c.operationEpoch, c.stakingEpoch, c.challenge) = (EPOCH, EPOCH, EPOCH, CHALLENGE);
        (c.maximumEpochCap, c.epochCap) = (HIGHEST_EPOCH_CAP, EPOCH_CAP);
        (c.maximumBudget, c.budgets) = (HIGHEST_BUDGET, [BUDGET, BUDGET, BUDGET, BUDGET]);
        c.releaseShare = RELEASE_SHARE;
        c.recipients = new address[](3);
        (c.recipients[0], c.recipients[1], c.recipients[2]) = (featureA, featureB, featureC);
        c.recipientShares = _list(3334, 3333, 3333);
        c.guardians = _list(guardian);
        c.posters = _list(poster);
        c.spenders = _list(spender);
        c.publishers = _list(publisher);
        c.vetoers = _list(vetoer);
        c.parameters = _list(configurer);
        (c.parametersDelay, c.grantDelay) = (DELAY, GRANT_DELAY);
        (c.timelockDelay, c.targetDelay) = (DELAY, TARGET_DELAY);
        (c.proposers, c.executors) = (_list(admin), _list(admin));
    }

    /// @dev Deploys everything for a token whose supply the treasury holds (zero: our own); what stood before is left behind.
    function deployFor(address token_) internal {
        Configuration memory c = configuration();
        if (token_ != address(0)) (c.token, c.initialHolder) = (token_, address(0));
        deployWith(c);
    }

    function deployWith(Configuration memory c) internal {
        vm.warp(START - DELAY);
        Deploy.Deployment memory deployed = new Deploy().deploy(c);
        ++_deployments;

        manager = deployed.manager;
        timelock = deployed.timelock;
        token = IERC20(deployed.token);
        btsc = BTSc(deployed.token);
        referencePrice = deployed.price;
        rewardPool = deployed.rewardPool;
        operationPool = deployed.operationPool;
        stakingPool = deployed.stakingPool;
        membership = deployed.membership;
        registry = deployed.registry;
        staking = deployed.staking;
        renewalLens = deployed.lens;

        _label();
        delete _funded;
        fund(alice.addr);
        fund(bob.addr);
        fund(carol.addr);
        travelTo(START);
    }

    function addressOf(Part part) internal view returns (address) {
        if (part == Part.BTSc) return address(token);
        if (part == Part.TimelockController) return address(timelock);
        if (part == Part.ReferencePrice) return address(referencePrice);
        if (part == Part.MembershipRegistry) return address(registry);
        if (part == Part.Staking) return address(staking);
        if (part == Part.RewardPool) return address(rewardPool);
        if (part == Part.OperationPool) return address(operationPool);
        if (part == Part.StakingPool) return address(stakingPool);
        if (part == Part.Membership) return address(membership);
        if (part == Part.RenewalLens) return address(renewalLens);
        if (part == Part.FeedPoster) return address(0);
        return address(manager);
    }

    function _label() private {
        vm.label(address(membership), "Membership");
        vm.label(address(registry), "MembershipRegistry");
        vm.label(address(staking), "Staking");
        vm.label(address(referencePrice), "ReferencePrice");
        vm.label(address(rewardPool), "RewardPool");
        vm.label(address(operationPool), "OperationPool");
        vm.label(address(stakingPool), "StakingPool");
        vm.label(address(timelock), "TimelockController");
    }

    function _list(address account) private pure returns (address[] memory accounts) {
        accounts = new address[](1);
        accounts[0] = account;
    }

    function _list(uint256 a, uint256 b, uint256 c) private pure returns (uint256[] memory values) {
        values = new uint256[](3);
        (values[0], values[1], values[2]) = (a, b, c);
    }

    /// @dev Gives `account` tokens and lets Membership and Staking take them.
    function fund(address account) internal {
        // Some tokens of these tests answer nothing or false, so the call is made as it is and looked at afterwards.
        _funded.push(account);
        uint256 missing = FUNDS - token.balanceOf(account);
        _callToken(treasury, abi.encodeCall(IERC20.transfer, (account, missing)));
        assertEq(token.balanceOf(account), FUNDS, "funds");
        approve(account, address(membership), type(uint256).max);
        approve(account, address(staking), type(uint256).max);
    }

    function approve(address owner, address by, uint256 amount) internal {
        _callToken(owner, abi.encodeCall(IERC20.approve, (by, amount)));
        assertEq(token.allowance(owner, by), amount, "allowance");
    }

    function send(address from, address to, uint256 amount) internal {
        uint256 before = token.balanceOf(to);
        _callToken(from, abi.encodeCall(IERC20.transfer, (to, amount)));
        assertEq(token.balanceOf(to), before + amount, "sent");
    }

    function _callToken(address from, bytes memory data) private {
        vm.prank(from);
        (bool success,) = address(token).call(data);
        assertTrue(success, "call of the token");
    }

    function defaultRecipients() internal view returns (IStakingPool.Recipient[] memory recipients) {
        recipients = new IStakingPool.Recipient[](3);
        recipients[0] = IStakingPool.Recipient(featureA, 3334);
        recipients[1] = IStakingPool.Recipient(featureB, 3333);
        recipients[2] = IStakingPool.Recipient(featureC, 3333);
    }

    // ------------------------------------------------------------------ time and price

    /// @dev Posts the price in force again, if that is allowed yet.
    function refreshPrice() internal {
        (uint256 price, uint40 postedAt) = referencePrice.latestPrice();
        if (block.timestamp < postedAt + 1 hours) return;
        vm.prank(poster);
        referencePrice.post(price);
    }

    /// @dev Lets time pass while the poster does its work: the price is stale at no time.
    function travel(uint256 duration) internal {
        // The last post may be up to an hour ago: until then there is no other.
        uint256 step = MAXIMUM_AGE - 1 hours;
        for (; duration > step; duration -= step) {
            skip(step);
            refreshPrice();
        }
        skip(duration);
        refreshPrice();
    }

    function travelTo(uint256 time) internal {
        travel(time - block.timestamp);
    }

    // ------------------------------------------------------------------ payments

    function pay(address payer, address beneficiary, IMembership.Tier tier, uint16 periods)
        internal
        returns (uint256 amount)
    {
        vm.prank(payer);
        amount = membership.pay(beneficiary, tier, periods, type(uint256).max, block.timestamp);
    }

    function feeOf(IMembership.Tier tier) internal pure returns (uint256) {
        return tier == PRO ? PRO_FEE : NORMAL_FEE;
    }

    /// @dev What `cost` comes to at the price in force, rounded up.
    function amountFor(uint256 cost) internal view returns (uint256) {
        (uint256 price,) = referencePrice.latestPrice();
        uint256 product = cost * price;
        return product / UNIT + (product % UNIT == 0 ? 0 : 1);
    }

    /// @dev How long that `account` is still entitled to in `tier`, running and queued.
    function timeLeft(address account, IMembership.Tier tier) internal view returns (uint256 left) {
        IMembership.Account memory held = membership.membershipOf(account);
        uint256 end = held.end;
        if (held.tier == tier && end > block.timestamp) left = end - block.timestamp;
        if (held.nextTier == tier) {
            uint256 nextStart = end > block.timestamp ? end : block.timestamp;
            uint256 nextEnd = end + held.nextDuration;
            if (nextEnd > nextStart) left += nextEnd - nextStart;
        }
    }

    function assertMembership(address account, IMembership.Account memory expected) internal view {
        IMembership.Account memory actual = membership.membershipOf(account);
        assertEq(uint8(actual.tier), uint8(expected.tier), "tier");
        assertEq(actual.since, expected.since, "since");
        assertEq(actual.start, expected.start, "start");
        assertEq(actual.end, expected.end, "end");
        assertEq(actual.value, expected.value, "value");
        assertEq(uint8(actual.nextTier), uint8(expected.nextTier), "next tier");
        assertEq(actual.nextDuration, expected.nextDuration, "next duration");
        assertEq(actual.nextValue, expected.nextValue, "next value");
    }

    function assertTier(address account, IMembership.Tier tier, string memory label) internal view {
        assertEq(uint8(membership.tierOf(account)), uint8(tier), label);
    }

    /// @dev A membership in one tier with nothing behind it.
    function running(IMembership.Tier tier, uint256 since, uint256 start, uint256 end, uint256 value)
        internal
        pure
        returns (IMembership.Account memory)
    {
        return queued(tier, since, start, end, value, LIGHT, 0, 0);
    }

    function queued(
        IMembership.Tier tier,
        uint256 since,
        uint256 start,
        uint256 end,
        uint256 value,
        IMembership.Tier nextTier,
        uint256 nextDuration,
        uint256 nextValue
    ) internal pure returns (IMembership.Account memory) {
        return IMembership.Account(
            tier,
            uint40(since),
            uint40(start),
            uint40(end),
            uint96(value),
            nextTier,
            uint40(nextDuration),
            uint96(nextValue)
        );
    }

    // ------------------------------------------------------------------ signatures

    function signPermit(Account memory owner, address by, uint256 value, uint256 deadline)
        internal
        view
        returns (IMembership.Permit memory permit)
    {
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"),
                owner.addr,
                by,
                value,
                btsc.nonces(owner.addr),
                deadline
            )
        );
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", btsc.DOMAIN_SEPARATOR(), structHash));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(owner.key, digest);
        return IMembership.Permit(value, deadline, v, r, s);
    }

    function signOrder(Account memory signer, IMembership.Order memory order) internal view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(signer.key, membership.hashOrder(order));
        return abi.encodePacked(r, s, v);
    }

    // ------------------------------------------------------------------ balances

    /// @dev Every account that holds or might come to hold the token.
    function watched() internal view returns (address[] memory accounts) {
        address[14] memory others = [
            relayer,
            stranger,
            treasury,
            recipient,
            poster,
            spender,
            featureA,
            featureB,
            featureC,
            address(membership),
            address(staking),
            address(rewardPool),
            address(operationPool),
            address(stakingPool)
        ];
        accounts = new address[](_funded.length + others.length);
        for (uint256 i; i < accounts.length; ++i) {
            accounts[i] = i < _funded.length ? _funded[i] : others[i - _funded.length];
        }
    }

    /// @dev Remembers all balances; `assertGained`, `assertLost` and then `assertNothingElseMoved` say what became of them.
    function watchBalances() internal {
        address[] memory accounts = watched();
        for (uint256 i; i < accounts.length; ++i) {
            _balanceBefore[accounts[i]] = token.balanceOf(accounts[i]);
        }
    }

    function assertGained(address account, uint256 amount, string memory label) internal {
        assertEq(token.balanceOf(account), _balanceBefore[account] + amount, label);
        _balanceBefore[account] += amount;
    }

    function assertLost(address account, uint256 amount, string memory label) internal {
        assertEq(token.balanceOf(account), _balanceBefore[account] - amount, label);
        _balanceBefore[account] -= amount;
    }

    function assertNothingElseMoved() internal view {
        address[] memory accounts = watched();
        for (uint256 i; i < accounts.length; ++i) {
            assertEq(
                token.balanceOf(accounts[i]),
                _balanceBefore[accounts[i]],
                string.concat("balance of ", vm.getLabel(accounts[i]))
            );
        }
    }

    // ------------------------------------------------------------------ powers

    /// @dev Makes a change that the configurer scheduled in time, so that no time passes now.
    function configure(address target, bytes memory data) internal {
        scheduleInTime(target, data);
        carryOut(target, data);
    }

    function carryOut(address target, bytes memory data) internal {
        vm.prank(configurer);
        manager.execute(target, data);
    }

    function expectConfigureRevert(address target, bytes memory data, bytes memory reason) internal {
        scheduleInTime(target, data);
        vm.prank(configurer);
        vm.expectRevert(reason);
        manager.execute(target, data);
    }

    function scheduleInTime(address target, bytes memory data) internal {
        uint256 time = block.timestamp;
        vm.warp(time - DELAY);
        vm.prank(configurer);
        manager.schedule(target, data, 0);
        vm.warp(time);
    }

    /// @dev Nobody but `holder` may make the call; that `holder` may is the caller's to show.
    function assertOnlyRole(address target, bytes memory data, address holder) internal {
        address[14] memory actors = [
            alice.addr,
            bob.addr,
            relayer,
            stranger,
            treasury,
            DEFAULT_SENDER, // the deployer
            address(timelock),
            admin,
            configurer,
            guardian,
            poster,
            spender,
            publisher,
            vetoer
        ];
        for (uint256 i; i < actors.length; ++i) {
            if (actors[i] == holder) continue;
            vm.prank(actors[i]);
            (bool success, bytes memory reason) = target.call(data);
            assertFalse(success, string.concat("call by ", vm.getLabel(actors[i])));
            assertEq(
                reason,
                abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, actors[i]),
                string.concat("refusal of ", vm.getLabel(actors[i]))
            );
        }
    }

    /// @dev Nobody but the configurer may make the call, and the configurer only after the delay.
    function assertOnlyConfigurer(address target, bytes memory data) internal {
        assertOnlyRole(target, data, configurer);

        bytes32 id = manager.hashOperation(configurer, target, data);
        vm.prank(configurer);
        (bool success, bytes memory reason) = target.call(data);
        assertFalse(success, "unannounced call by the configurer");
        assertEq(
            reason, abi.encodeWithSelector(IAccessManager.AccessManagerNotScheduled.selector, id), "unannounced call"
        );

        vm.startPrank(configurer);
        manager.schedule(target, data, 0);
        vm.warp(block.timestamp + DELAY - 1);
        (success, reason) = target.call(data);
        assertFalse(success, "early call by the configurer");
        assertEq(reason, abi.encodeWithSelector(IAccessManager.AccessManagerNotReady.selector, id), "early call");
        vm.warp(block.timestamp + 1);
        (success,) = target.call(data);
        assertTrue(success, "call by the configurer after the delay");
        vm.stopPrank();
    }
}
